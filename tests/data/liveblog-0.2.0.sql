BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0019');
CREATE TABLE assignments (
	user_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	CONSTRAINT pk_assignments PRIMARY KEY (user_id, story_id), 
	CONSTRAINT fk_assignments_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT fk_assignments_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
CREATE TABLE attachments (
	id VARCHAR(40) NOT NULL, 
	inlet_id INTEGER NOT NULL, 
	entry_id VARCHAR(32) NOT NULL, 
	file VARCHAR(255) NOT NULL, 
	tries INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	CONSTRAINT pk_attachments PRIMARY KEY (id), 
	CONSTRAINT fk_attachments_inlet_id FOREIGN KEY(inlet_id) REFERENCES inlets (id)
);
CREATE TABLE audience (
	story_id INTEGER NOT NULL, 
	day DATE NOT NULL, 
	seconds BIGINT NOT NULL, 
	CONSTRAINT pk_audience PRIMARY KEY (story_id, day), 
	CONSTRAINT fk_audience_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
CREATE TABLE contributors (
	id INTEGER NOT NULL, 
	"key" VARCHAR(900) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	handle VARCHAR(100), 
	role VARCHAR(20) NOT NULL, 
	url TEXT, 
	note TEXT, 
	origin VARCHAR(32), 
	used_at DATETIME NOT NULL, 
	CONSTRAINT pk_contributors PRIMARY KEY (id), 
	CONSTRAINT uq_contributors_key UNIQUE ("key")
);
INSERT INTO "contributors" VALUES(1,'ed editor','Ed Editor',NULL,'text',NULL,NULL,'e1bf068210bec01cd','2026-11-30 15:48:46.804772');
CREATE TABLE deliveries (
	id INTEGER NOT NULL, 
	hook_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	at DATETIME NOT NULL, 
	milliseconds INTEGER NOT NULL, 
	status INTEGER, 
	error VARCHAR(300), 
	next_at DATETIME, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT fk_deliveries_hook_id FOREIGN KEY(hook_id) REFERENCES hooks (id), 
	CONSTRAINT fk_deliveries_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
CREATE TABLE drafts (
	user_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	"key" VARCHAR(72) NOT NULL, 
	entry_id VARCHAR(32), 
	version INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	content TEXT NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (user_id, story_id, "key"), 
	CONSTRAINT fk_drafts_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT fk_drafts_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
CREATE TABLE embeds (
	url VARCHAR(1000) NOT NULL, 
	card JSON, 
	asked_at DATETIME NOT NULL, 
	due_at DATETIME, 
	tries INTEGER NOT NULL, 
	CONSTRAINT pk_embeds PRIMARY KEY (url)
);
CREATE TABLE entries (
	id VARCHAR(32) NOT NULL, 
	story_id INTEGER NOT NULL, 
	seq INTEGER, 
	rev INTEGER NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	headline TEXT, 
	body TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	"key" BOOLEAN NOT NULL, 
	pinned BOOLEAN NOT NULL, 
	labels JSON NOT NULL, 
	topics JSON NOT NULL, 
	dateline TEXT, 
	occurred_at DATETIME, 
	published_at DATETIME, 
	edited_at DATETIME, 
	credits JSON NOT NULL, 
	sources JSON NOT NULL, 
	verification JSON, 
	created_at DATETIME NOT NULL, 
	created_by INTEGER, corrected_at DATETIME, corrections JSON DEFAULT '[]' NOT NULL, media JSON DEFAULT '[]' NOT NULL, embeds JSON DEFAULT '[]' NOT NULL, embargo_until DATETIME, returned_at DATETIME, 
	CONSTRAINT pk_entries PRIMARY KEY (id), 
	CONSTRAINT fk_entries_created_by FOREIGN KEY(created_by) REFERENCES users (id), 
	CONSTRAINT fk_entries_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
INSERT INTO "entries" VALUES('e3627eb9199da4b84',1,1,1,'published',NULL,'The city centre **has not been hit** so far.','<p>The city centre <strong>has not been hit</strong> so far.</p>
',0,0,'[]','[]',NULL,NULL,'2026-11-30 15:48:46.541035',NULL,'[]','[]',NULL,'2026-11-30 15:48:46.541035',2,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e74cc2f9d862aac44',1,NULL,1,'submitted',NULL,'Submitted by Cora at the crossing.','<p>Submitted by Cora at the crossing.</p>
',0,0,'[]','[]','near Kharkiv',NULL,NULL,NULL,'[]','[]',NULL,'2026-11-30 15:48:46.615041',3,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('ee1f9b34be017af51',1,NULL,1,'draft',NULL,'Only a draft.','<p>Only a draft.</p>
',0,0,'[]','[]',NULL,NULL,NULL,NULL,'[]','[]',NULL,'2026-11-30 15:48:46.641881',3,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e8571b95bf1ace513',1,NULL,1,'scheduled',NULL,'Scheduled for later.','<p>Scheduled for later.</p>
',0,0,'[]','[]',NULL,NULL,'2096-01-01 00:00:00.000000',NULL,'[]','[]',NULL,'2026-11-30 15:48:46.666008',2,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e6a9463513d678083',1,2,2,'removed',NULL,'A rumour.','<p>A rumour.</p>
',0,0,'[]','[]',NULL,NULL,'2026-11-30 15:48:46.691361',NULL,'[]','[]',NULL,'2026-11-30 15:48:46.691361',2,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e1bf068210bec01cd',1,4,2,'published','Bridge','The bridge **stands**.','<p>The bridge <strong>stands</strong>.</p>
',1,1,'["analysis"]','["bridge"]','Kharkiv',NULL,'2026-11-30 15:48:46.755912','2026-11-30 15:48:46.804772','[{"role": "text", "name": "Ed Editor", "handle": null, "url": null}]','[{"kind": "correspondent", "name": "@finlookedintoit", "url": null, "retrieved_at": null, "quote": null}]','{"status": "confirmed", "at": "2026-11-30T15:48:46.804772Z", "note": null, "settled_by": null, "trail": [{"status": "checking", "at": "2026-11-30T15:48:46.755912Z"}]}','2026-11-30 15:48:46.755912',2,'2026-11-30 15:48:46.804772','[{"at": "2026-11-30T15:48:46.804772Z", "rev": 2, "note": "The bridge stands, not the road.", "passages": []}]','[]','[]',NULL,NULL);
CREATE TABLE entry_authors (
	entry_id VARCHAR(32) NOT NULL, 
	author VARCHAR(600) NOT NULL, 
	CONSTRAINT pk_entry_authors PRIMARY KEY (entry_id, author), 
	CONSTRAINT fk_entry_authors_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
INSERT INTO "entry_authors" VALUES('e1bf068210bec01cd','ed editor');
CREATE TABLE entry_embeds (
	entry_id VARCHAR(32) NOT NULL, 
	url VARCHAR(1000) NOT NULL, 
	CONSTRAINT pk_entry_embeds PRIMARY KEY (entry_id, url), 
	CONSTRAINT fk_entry_embeds_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
CREATE TABLE entry_media (
	entry_id VARCHAR(32) NOT NULL, 
	medium_id VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_entry_media PRIMARY KEY (entry_id, medium_id), 
	CONSTRAINT fk_entry_media_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id), 
	CONSTRAINT fk_entry_media_medium_id FOREIGN KEY(medium_id) REFERENCES media (id)
);
CREATE TABLE entry_topics (
	entry_id VARCHAR(32) NOT NULL, 
	topic VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_entry_topics PRIMARY KEY (entry_id, topic), 
	CONSTRAINT fk_entry_topics_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
INSERT INTO "entry_topics" VALUES('e1bf068210bec01cd','bridge');
CREATE TABLE events (
	story_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	entry_id VARCHAR(32), 
	rev INTEGER, 
	at DATETIME NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (story_id, seq), 
	CONSTRAINT fk_events_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
INSERT INTO "events" VALUES(1,1,'entry.published','e3627eb9199da4b84',1,'2026-11-30 15:48:46.541035','{"type":"event","seq":1,"kind":"entry.published","id":"e3627eb9199da4b84","rev":1,"at":"2026-11-30T15:48:46.541035Z","published_at":"2026-11-30T15:48:46.541035Z","key":false,"pinned":false,"html":"<article id=\"e3627eb9199da4b84\" class=\"entry\" data-seq=\"1\" data-rev=\"1\" data-published-at=\"2026-11-30T15:48:46.541035Z\" tabindex=\"0\" aria-labelledby=\"t-e3627eb9199da4b84\" aria-describedby=\"b-e3627eb9199da4b84\">\n<p class=\"when\" id=\"t-e3627eb9199da4b84\"><a href=\"/stories/kharkiv/entries/e3627eb9199da4b84\"><time datetime=\"2026-11-30T15:48:46.541035Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"stamp\"><b>15:48 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><div class=\"body\" id=\"b-e3627eb9199da4b84\"><p>The city centre <strong>has not been hit</strong> so far.</p>\n</div><p class=\"by\"> <span><a class=\"share\" href=\"/stories/kharkiv/entries/e3627eb9199da4b84\">Share</a></span></p></div>\n</article>","key_html":null}');
INSERT INTO "events" VALUES(1,2,'entry.published','e6a9463513d678083',1,'2026-11-30 15:48:46.691361','{"type":"event","seq":2,"kind":"entry.published","id":"e6a9463513d678083","rev":1,"at":"2026-11-30T15:48:46.691361Z","published_at":"2026-11-30T15:48:46.691361Z","key":false,"pinned":false,"html":"<article id=\"e6a9463513d678083\" class=\"entry\" data-seq=\"2\" data-rev=\"1\" data-published-at=\"2026-11-30T15:48:46.691361Z\" tabindex=\"0\" aria-labelledby=\"t-e6a9463513d678083\" aria-describedby=\"b-e6a9463513d678083\">\n<p class=\"when\" id=\"t-e6a9463513d678083\"><a href=\"/stories/kharkiv/entries/e6a9463513d678083\"><time datetime=\"2026-11-30T15:48:46.691361Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"stamp\"><b>15:48 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><div class=\"body\" id=\"b-e6a9463513d678083\"><p>A rumour.</p>\n</div><p class=\"by\"> <span><a class=\"share\" href=\"/stories/kharkiv/entries/e6a9463513d678083\">Share</a></span></p></div>\n</article>","key_html":null}');
INSERT INTO "events" VALUES(1,3,'entry.removed','e6a9463513d678083',2,'2026-11-30 15:48:46.723035','{"type":"event","seq":3,"kind":"entry.removed","id":"e6a9463513d678083","rev":2,"at":"2026-11-30T15:48:46.723035Z"}');
INSERT INTO "events" VALUES(1,4,'entry.published','e1bf068210bec01cd',1,'2026-11-30 15:48:46.755912','{"type":"event","seq":4,"kind":"entry.published","id":"e1bf068210bec01cd","rev":1,"at":"2026-11-30T15:48:46.755912Z","published_at":"2026-11-30T15:48:46.755912Z","key":true,"pinned":true,"html":"<article id=\"e1bf068210bec01cd\" class=\"entry\" data-seq=\"4\" data-rev=\"1\" data-published-at=\"2026-11-30T15:48:46.755912Z\" data-key data-pinned data-topics=\"bridge\" data-authors=\"ed editor\" data-verification=\"checking\" tabindex=\"0\" aria-labelledby=\"h-e1bf068210bec01cd t-e1bf068210bec01cd\" aria-describedby=\"b-e1bf068210bec01cd\">\n<p class=\"when\" id=\"t-e1bf068210bec01cd\"><a href=\"/stories/kharkiv/entries/e1bf068210bec01cd\"><time datetime=\"2026-11-30T15:48:46.755912Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"stamp\"><b>15:48 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><p class=\"marks\"><span class=\"mark\">Pinned</span><span class=\"label\" data-label=\"analysis\"><bdi>Analysis</bdi></span><span class=\"mark\">Key event</span><span class=\"sure\" data-sure=\"checking\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M8 2a6 6 0 1 0 6 6\"/><path d=\"M8 4.8V8l2.2 1.6\"/></svg>Being checked</span></p><h2 id=\"h-e1bf068210bec01cd\" dir=\"ltr\">Bridge</h2><div class=\"body\" id=\"b-e1bf068210bec01cd\"><p>The bridge stands.</p>\n</div><p class=\"by\"><span class=\"credit\">Text <bdi>Ed Editor</bdi></span> <span class=\"dateline\"><bdi>Kharkiv</bdi></span> <span><a href=\"/topics/bridge\"><bdi>#bridge</bdi></a></span> <span><a class=\"share\" href=\"/stories/kharkiv/entries/e1bf068210bec01cd\">Share</a></span></p><ul class=\"sources\" aria-label=\"Sources\"><li>Source: <bdi>@finlookedintoit</bdi> <span class=\"kind\">(correspondent)</span></li></ul></div>\n</article>","key_html":"<li data-entry=\"e1bf068210bec01cd\" data-published-at=\"2026-11-30T15:48:46.755912Z\" data-seq=\"4\" data-verification=\"checking\">\n<a href=\"/stories/kharkiv/entries/e1bf068210bec01cd\" data-jump=\"e1bf068210bec01cd\"><time datetime=\"2026-11-30T15:48:46.755912Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"stamp\"><b>15:48 <small>UTC</small></b> <span>30 November 2026</span></time>\n<span class=\"title\" dir=\"ltr\">Bridge</span></a> <span class=\"sure\" data-sure=\"checking\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M8 2a6 6 0 1 0 6 6\"/><path d=\"M8 4.8V8l2.2 1.6\"/></svg>Being checked</span></li>"}');
INSERT INTO "events" VALUES(1,5,'entry.updated','e1bf068210bec01cd',2,'2026-11-30 15:48:46.804772','{"type":"event","seq":5,"kind":"entry.updated","id":"e1bf068210bec01cd","rev":2,"at":"2026-11-30T15:48:46.804772Z","published_at":"2026-11-30T15:48:46.755912Z","key":true,"pinned":true,"html":"<article id=\"e1bf068210bec01cd\" class=\"entry\" data-seq=\"4\" data-rev=\"2\" data-published-at=\"2026-11-30T15:48:46.755912Z\" data-key data-pinned data-topics=\"bridge\" data-authors=\"ed editor\" data-verification=\"confirmed\" tabindex=\"0\" aria-labelledby=\"h-e1bf068210bec01cd t-e1bf068210bec01cd\" aria-describedby=\"b-e1bf068210bec01cd\">\n<p class=\"when\" id=\"t-e1bf068210bec01cd\"><a href=\"/stories/kharkiv/entries/e1bf068210bec01cd\"><time datetime=\"2026-11-30T15:48:46.755912Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"stamp\"><b>15:48 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><p class=\"marks\"><span class=\"mark\">Pinned</span><span class=\"label\" data-label=\"analysis\"><bdi>Analysis</bdi></span><span class=\"mark\">Key event</span><span class=\"sure\" data-sure=\"confirmed\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M3 8.5 6.3 12 13 4.5\"/></svg>Confirmed</span></p><h2 id=\"h-e1bf068210bec01cd\" dir=\"ltr\">Bridge</h2><div class=\"body\" id=\"b-e1bf068210bec01cd\"><p>The bridge <strong>stands</strong>.</p>\n</div><ul class=\"corrections\" aria-label=\"Corrections\"><li><a href=\"/stories/kharkiv/corrections#e1bf068210bec01cd-2\">Correction</a> <time datetime=\"2026-11-30T15:48:46.804772Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"moment\">15:48 UTC</time>\n<p dir=\"ltr\">The bridge stands, not the road.</p></li></ul><ol class=\"trail\" aria-label=\"Verification, now and before\"><li><span data-sure=\"checking\">Being checked</span> <time datetime=\"2026-11-30T15:48:46.755912Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"moment\">15:48 UTC</time></li><li><span data-sure=\"confirmed\">Confirmed</span> <time datetime=\"2026-11-30T15:48:46.804772Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"moment\">15:48 UTC</time></li>\n</ol><p class=\"by\"><span class=\"credit\">Text <bdi>Ed Editor</bdi></span> <span class=\"dateline\"><bdi>Kharkiv</bdi></span> <span class=\"corrected\"><a href=\"/stories/kharkiv/entries/e1bf068210bec01cd#history\">Corrected <time datetime=\"2026-11-30T15:48:46.804772Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"moment\">15:48 UTC</time></a></span> <span><a href=\"/topics/bridge\"><bdi>#bridge</bdi></a></span> <span><a class=\"share\" href=\"/stories/kharkiv/entries/e1bf068210bec01cd\">Share</a></span></p><ul class=\"sources\" aria-label=\"Sources\"><li>Source: <bdi>@finlookedintoit</bdi> <span class=\"kind\">(correspondent)</span></li></ul></div>\n</article>","key_html":"<li data-entry=\"e1bf068210bec01cd\" data-published-at=\"2026-11-30T15:48:46.755912Z\" data-seq=\"4\" data-verification=\"confirmed\">\n<a href=\"/stories/kharkiv/entries/e1bf068210bec01cd\" data-jump=\"e1bf068210bec01cd\"><time datetime=\"2026-11-30T15:48:46.755912Z\" title=\"30 November 2026, 15:48 UTC\" data-time=\"stamp\"><b>15:48 <small>UTC</small></b> <span>30 November 2026</span></time>\n<span class=\"title\" dir=\"ltr\">Bridge</span></a> <span class=\"sure\" data-sure=\"confirmed\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M3 8.5 6.3 12 13 4.5\"/></svg>Confirmed</span></li>"}');
CREATE TABLE hook_positions (
	hook_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	CONSTRAINT pk_hook_positions PRIMARY KEY (hook_id, story_id), 
	CONSTRAINT fk_hook_positions_hook_id FOREIGN KEY(hook_id) REFERENCES hooks (id), 
	CONSTRAINT fk_hook_positions_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
CREATE TABLE hooks (
	id INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	story_id INTEGER, 
	salt VARCHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	tries INTEGER NOT NULL, 
	next_at DATETIME, 
	failing_since DATETIME, 
	disabled_at DATETIME, 
	lease VARCHAR(32), 
	leased_until DATETIME, 
	CONSTRAINT pk_hooks PRIMARY KEY (id), 
	CONSTRAINT fk_hooks_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
CREATE TABLE idempotency_keys (
	story_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	entry_id VARCHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT fk_idempotency_keys_story_id FOREIGN KEY(story_id) REFERENCES stories (id), 
	CONSTRAINT uq_idempotency_keys_story_id_user_id_key UNIQUE (story_id, user_id, "key")
);
INSERT INTO "idempotency_keys" VALUES(1,2,'upgrade-1','41c2f92a:f3b790ea68d430a684bbd41115af94cceee100b5424f8a185123b48','e1bf068210bec01cd','2026-11-30 15:48:46.755912');
CREATE TABLE inbound (
	inlet_id INTEGER NOT NULL, 
	message VARCHAR(64) NOT NULL, 
	version BIGINT NOT NULL, 
	entry_id VARCHAR(32) NOT NULL, 
	rev INTEGER NOT NULL, words VARCHAR(64) DEFAULT '' NOT NULL, 
	CONSTRAINT pk_inbound PRIMARY KEY (inlet_id, message), 
	CONSTRAINT fk_inbound_inlet_id FOREIGN KEY(inlet_id) REFERENCES inlets (id)
);
CREATE TABLE inlets (
	id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	story_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	channel VARCHAR(100), 
	salt VARCHAR(32) NOT NULL, 
	anyone BOOLEAN NOT NULL, 
	senders JSON NOT NULL, 
	created_at DATETIME NOT NULL, token TEXT, 
	CONSTRAINT pk_inlets PRIMARY KEY (id), 
	CONSTRAINT fk_inlets_story_id FOREIGN KEY(story_id) REFERENCES stories (id), 
	CONSTRAINT fk_inlets_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "inlets" VALUES(1,'telegram',1,2,NULL,'b6c41861d6952f6fa838d2631fc220d0',1,'{}','2026-11-30 15:48:43.143173',NULL);
CREATE TABLE invitations (
	id INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	user_id INTEGER, 
	email VARCHAR(320) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	all_stories BOOLEAN NOT NULL, 
	stories JSON NOT NULL, 
	created_by INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_invitations PRIMARY KEY (id), 
	CONSTRAINT fk_invitations_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT fk_invitations_created_by FOREIGN KEY(created_by) REFERENCES users (id), 
	CONSTRAINT uq_invitations_hash UNIQUE (hash)
);
CREATE TABLE media (
	id VARCHAR(40) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	owner INTEGER, 
	created_at DATETIME NOT NULL, 
	width INTEGER, 
	height INTEGER, 
	alt TEXT, 
	credit TEXT, 
	placeholder TEXT, 
	files JSON NOT NULL, 
	size BIGINT NOT NULL, 
	ready BOOLEAN NOT NULL, spare BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_media PRIMARY KEY (id), 
	CONSTRAINT fk_media_owner FOREIGN KEY(owner) REFERENCES users (id)
);
CREATE TABLE notes (
	id INTEGER NOT NULL, 
	entry_id VARCHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	user_id INTEGER, 
	kind VARCHAR(20) NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_notes PRIMARY KEY (id), 
	CONSTRAINT fk_notes_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id), 
	CONSTRAINT fk_notes_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE protections (
	user_id INTEGER NOT NULL, 
	byline VARCHAR(200), 
	handle VARCHAR(100), 
	delay INTEGER NOT NULL, 
	place VARCHAR(20) NOT NULL, 
	region VARCHAR(200), 
	place_delay INTEGER, 
	CONSTRAINT pk_protections PRIMARY KEY (user_id), 
	CONSTRAINT fk_protections_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "protections" VALUES(3,NULL,NULL,5,'region','near Kharkiv',NULL);
CREATE TABLE revisions (
	entry_id VARCHAR(32) NOT NULL, 
	rev INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	user_id INTEGER, 
	action VARCHAR(20) NOT NULL, 
	note TEXT, 
	entry JSON NOT NULL, report JSON, 
	CONSTRAINT pk_revisions PRIMARY KEY (entry_id, rev), 
	CONSTRAINT fk_revisions_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id), 
	CONSTRAINT fk_revisions_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "revisions" VALUES('e3627eb9199da4b84',1,'2026-11-30 15:48:46.541035',2,'published',NULL,'{"seq": 1, "rev": 1, "status": "published", "headline": null, "body": "The city centre **has not been hit** so far.", "body_html": "<p>The city centre <strong>has not been hit</strong> so far.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2026-11-30T15:48:46.541035Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.541035Z"}',NULL);
INSERT INTO "revisions" VALUES('e74cc2f9d862aac44',1,'2026-11-30 15:48:46.615041',3,'submitted',NULL,'{"seq": null, "rev": 1, "status": "submitted", "headline": null, "body": "Submitted by Cora at the crossing.", "body_html": "<p>Submitted by Cora at the crossing.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": "near Kharkiv", "occurred_at": null, "published_at": null, "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.615041Z"}',NULL);
INSERT INTO "revisions" VALUES('ee1f9b34be017af51',1,'2026-11-30 15:48:46.641881',3,'draft',NULL,'{"seq": null, "rev": 1, "status": "draft", "headline": null, "body": "Only a draft.", "body_html": "<p>Only a draft.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": null, "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.641881Z"}',NULL);
INSERT INTO "revisions" VALUES('e8571b95bf1ace513',1,'2026-11-30 15:48:46.666008',2,'scheduled',NULL,'{"seq": null, "rev": 1, "status": "scheduled", "headline": null, "body": "Scheduled for later.", "body_html": "<p>Scheduled for later.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2096-01-01T00:00:00Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.666008Z"}',NULL);
INSERT INTO "revisions" VALUES('e6a9463513d678083',1,'2026-11-30 15:48:46.691361',2,'published',NULL,'{"seq": 2, "rev": 1, "status": "published", "headline": null, "body": "A rumour.", "body_html": "<p>A rumour.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2026-11-30T15:48:46.691361Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.691361Z"}',NULL);
INSERT INTO "revisions" VALUES('e6a9463513d678083',2,'2026-11-30 15:48:46.723035',2,'removed','Not so.','{"seq": 2, "rev": 2, "status": "removed", "headline": null, "body": "A rumour.", "body_html": "<p>A rumour.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2026-11-30T15:48:46.691361Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.691361Z"}','{"at": "2026-11-30T15:48:46.723035Z", "purged": false, "scrubbed": {}, "processes": [{"process": "vm:21004:9dda86", "sockets": 0}], "silent": [], "beyond": ["browsers that are closed or offline, until they open the story again", "copies that others made: caches, search engines, feeds, archives, screenshots", "backups of the database"]}');
INSERT INTO "revisions" VALUES('e1bf068210bec01cd',1,'2026-11-30 15:48:46.755912',2,'published',NULL,'{"seq": 4, "rev": 1, "status": "published", "headline": "Bridge", "body": "The bridge stands.", "body_html": "<p>The bridge stands.</p>\n", "key": true, "pinned": true, "labels": ["analysis"], "topics": ["bridge"], "dateline": "Kharkiv", "occurred_at": null, "published_at": "2026-11-30T15:48:46.755912Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [{"role": "text", "name": "Ed Editor", "handle": null, "url": null}], "sources": [{"kind": "correspondent", "name": "@finlookedintoit", "url": null, "retrieved_at": null, "quote": null}], "verification": {"status": "checking", "at": "2026-11-30T15:48:46.755912Z", "note": null, "settled_by": null, "trail": []}, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.755912Z"}',NULL);
INSERT INTO "revisions" VALUES('e1bf068210bec01cd',2,'2026-11-30 15:48:46.804772',2,'corrected','The bridge stands, not the road.','{"seq": 4, "rev": 2, "status": "published", "headline": "Bridge", "body": "The bridge **stands**.", "body_html": "<p>The bridge <strong>stands</strong>.</p>\n", "key": true, "pinned": true, "labels": ["analysis"], "topics": ["bridge"], "dateline": "Kharkiv", "occurred_at": null, "published_at": "2026-11-30T15:48:46.755912Z", "edited_at": "2026-11-30T15:48:46.804772Z", "corrected_at": "2026-11-30T15:48:46.804772Z", "corrections": [{"at": "2026-11-30T15:48:46.804772Z", "rev": 2, "note": "The bridge stands, not the road.", "passages": []}], "credits": [{"role": "text", "name": "Ed Editor", "handle": null, "url": null}], "sources": [{"kind": "correspondent", "name": "@finlookedintoit", "url": null, "retrieved_at": null, "quote": null}], "verification": {"status": "confirmed", "at": "2026-11-30T15:48:46.804772Z", "note": null, "settled_by": null, "trail": [{"status": "checking", "at": "2026-11-30T15:48:46.755912Z"}]}, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T15:48:46.755912Z"}',NULL);
CREATE TABLE sessions (
	id VARCHAR(32) NOT NULL, 
	user_id INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	label VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_sessions_hash UNIQUE (hash)
);
CREATE TABLE sources (
	id INTEGER NOT NULL, 
	"key" VARCHAR(950) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	name VARCHAR(300) NOT NULL, 
	url TEXT, 
	note TEXT, 
	origin VARCHAR(32), 
	used_at DATETIME NOT NULL, 
	CONSTRAINT pk_sources PRIMARY KEY (id), 
	CONSTRAINT uq_sources_key UNIQUE ("key")
);
INSERT INTO "sources" VALUES(1,'correspondent @finlookedintoit','correspondent','@finlookedintoit',NULL,NULL,'e1bf068210bec01cd','2026-11-30 15:48:46.804772');
CREATE TABLE stories (
	id INTEGER NOT NULL, 
	slug VARCHAR(80) NOT NULL, 
	title VARCHAR(300) NOT NULL, 
	summary TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	category VARCHAR(100), 
	topics JSON NOT NULL, 
	place VARCHAR(200), 
	timezone VARCHAR(64) NOT NULL, 
	language VARCHAR(35) NOT NULL, 
	coverage_start DATETIME, 
	coverage_end DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	epoch VARCHAR(32) NOT NULL, 
	head INTEGER NOT NULL, related JSON DEFAULT '[]' NOT NULL, sponsors JSON DEFAULT '[]' NOT NULL, change_count INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_stories PRIMARY KEY (id), 
	CONSTRAINT uq_stories_slug UNIQUE (slug)
);
INSERT INTO "stories" VALUES(1,'kharkiv','Kharkiv: takeover at risk','','live',NULL,'[]',NULL,'UTC','en','2026-11-30 15:48:33.025303',NULL,'2026-11-30 15:48:33.025303','2026-11-30 15:48:46.804772','b35323972ebd',5,'[]','[]',8);
CREATE TABLE story_topics (
	story_id INTEGER NOT NULL, 
	topic VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_story_topics PRIMARY KEY (story_id, topic), 
	CONSTRAINT fk_story_topics_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
);
CREATE TABLE tokens (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	label VARCHAR(200) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	revoked_at DATETIME, last_used_at DATETIME, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_tokens_hash UNIQUE (hash)
);
INSERT INTO "tokens" VALUES(1,2,'upgrade','eb3a0a1b6b6694e67a4e6c207c2deb166714c4b0f466c88ef66a9205ac2beb6b','2026-11-30 15:48:38.121829',NULL,'2026-11-30 15:48:46.531079');
INSERT INTO "tokens" VALUES(2,3,'upgrade','0d404bb746fc18d7123c171ad22bb1931c39cfd2183fbc9efd33d182970ca054','2026-11-30 15:48:40.712998',NULL,'2026-11-30 15:48:46.609560');
CREATE TABLE users (
	id INTEGER NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	password_hash VARCHAR(200) NOT NULL, 
	created_at DATETIME NOT NULL, all_stories BOOLEAN DEFAULT 1 NOT NULL, disabled_at DATETIME, oidc_subject VARCHAR(600), 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_email UNIQUE (email)
);
INSERT INTO "users" VALUES(1,'ada@example.org','Ada Admin','admin','$argon2id$v=19$m=65536,t=3,p=4$Es8KCFrpjYk9rAUjosGlJg$KUIzdIbc7r3l35Y12uJXAwEksmXG203IcwtXL0IVIFo','2026-11-30 15:48:21.330253',1,NULL,NULL);
INSERT INTO "users" VALUES(2,'ed@example.org','Ed Editor','editor','$argon2id$v=19$m=65536,t=3,p=4$M5Rl4D5HLzmKbyTMIWsyhw$lEvRlfynKYUG+DQrm4qqSFy1DF7G5oC0kMcDGikAl6Y','2026-11-30 15:48:25.718044',1,NULL,NULL);
INSERT INTO "users" VALUES(3,'cora@example.org','Cora Contributor','contributor','$argon2id$v=19$m=65536,t=3,p=4$RWQVhkgwNJySS3eYSZu3HA$Dl6XKMsklydcrKiTo3KcBdAQXwRLo1AKzGB6CVFb/SI','2026-11-30 15:48:30.335609',1,NULL,NULL);
INSERT INTO "users" VALUES(4,'command-line@localhost','Command line','admin','!','2026-11-30 15:48:33.021191',1,NULL,NULL);
CREATE TABLE withheld_places (
	entry_id VARCHAR(32) NOT NULL, 
	dateline TEXT, 
	occurred_at DATETIME, 
	decided JSON DEFAULT '[]' NOT NULL, 
	show_at DATETIME, 
	CONSTRAINT pk_withheld_places PRIMARY KEY (entry_id), 
	CONSTRAINT fk_withheld_places_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
INSERT INTO "withheld_places" VALUES('e74cc2f9d862aac44','Saltivka',NULL,'[]',NULL);
CREATE INDEX ix_stories_updated_at ON stories (updated_at);
CREATE INDEX ix_entries_status_published_at ON entries (status, published_at);
CREATE INDEX ix_entries_story_id_created_at_id ON entries (story_id, created_at, id);
CREATE INDEX ix_entries_story_id_status_published_at_seq ON entries (story_id, status, published_at, seq);
CREATE INDEX ix_events_entry_id ON events (entry_id);
CREATE INDEX ix_entry_topics_topic ON entry_topics (topic);
CREATE INDEX ix_entry_authors_author ON entry_authors (author);
CREATE INDEX ix_entries_story_id_corrected_at ON entries (story_id, corrected_at);
CREATE INDEX ix_stories_status_updated_at ON stories (status, updated_at);
CREATE INDEX ix_stories_category ON stories (category);
CREATE INDEX ix_entries_story_id_key_status_published_at_seq ON entries (story_id, "key", status, published_at, seq);
CREATE INDEX ix_audience_day ON audience (day);
CREATE INDEX ix_story_topics_topic ON story_topics (topic);
CREATE INDEX ix_media_ready_created_at ON media (ready, created_at);
CREATE INDEX ix_entry_media_medium_id ON entry_media (medium_id);
CREATE INDEX ix_embeds_due_at ON embeds (due_at);
CREATE INDEX ix_entry_embeds_url ON entry_embeds (url);
CREATE INDEX ix_deliveries_hook_id_id ON deliveries (hook_id, id);
CREATE INDEX ix_revisions_user_id_at ON revisions (user_id, at);
CREATE INDEX ix_notes_entry_id_id ON notes (entry_id, id);
CREATE INDEX ix_contributors_used_at ON contributors (used_at);
CREATE INDEX ix_contributors_origin ON contributors (origin);
CREATE INDEX ix_sources_used_at ON sources (used_at);
CREATE INDEX ix_sources_origin ON sources (origin);
CREATE INDEX ix_drafts_entry_id ON drafts (entry_id);
CREATE UNIQUE INDEX ix_users_oidc_subject ON users (oidc_subject);
CREATE INDEX ix_assignments_story_id ON assignments (story_id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_invitations_email ON invitations (email);
CREATE INDEX ix_inbound_entry_id ON inbound (entry_id);
CREATE INDEX ix_withheld_places_show_at ON withheld_places (show_at);
CREATE INDEX ix_attachments_due_at ON attachments (due_at);
CREATE INDEX ix_attachments_entry_id ON attachments (entry_id);
COMMIT;
