BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0015');
CREATE TABLE assignments (
	user_id INTEGER NOT NULL, 
	story_id INTEGER NOT NULL, 
	CONSTRAINT pk_assignments PRIMARY KEY (user_id, story_id), 
	CONSTRAINT fk_assignments_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT fk_assignments_story_id FOREIGN KEY(story_id) REFERENCES stories (id)
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
INSERT INTO "contributors" VALUES(1,'ed editor','Ed Editor',NULL,'text',NULL,NULL,'ec7670612b33543ff','2026-11-30 11:13:12.116402');
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
CREATE TABLE enclosures (
	id VARCHAR(40) NOT NULL, 
	inlet_id INTEGER NOT NULL, 
	entry_id VARCHAR(32) NOT NULL, 
	file VARCHAR(255) NOT NULL, 
	tries INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	CONSTRAINT pk_enclosures PRIMARY KEY (id), 
	CONSTRAINT fk_enclosures_inlet_id FOREIGN KEY(inlet_id) REFERENCES inlets (id)
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
INSERT INTO "entries" VALUES('eea41f418ed9c1a6a',1,1,1,'published',NULL,'The city centre **has not been hit** so far.','<p>The city centre <strong>has not been hit</strong> so far.</p>
',0,0,'[]','[]',NULL,NULL,'2026-11-30 11:12:17.952889',NULL,'[]','[]',NULL,'2026-11-30 11:12:17.952889',4,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e6d8d8578d504b064',1,NULL,1,'submitted',NULL,'Submitted by Cora at the crossing.','<p>Submitted by Cora at the crossing.</p>
',0,0,'[]','[]','near Kharkiv',NULL,NULL,NULL,'[{"role": "text", "name": "Our correspondent", "handle": null, "url": null}]','[]',NULL,'2026-11-30 11:12:41.696453',3,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e3461decfaf665e15',1,NULL,1,'scheduled',NULL,'Scheduled for later.','<p>Scheduled for later.</p>
',0,0,'[]','[]',NULL,NULL,'2031-01-01 00:00:00.000000',NULL,'[]','[]',NULL,'2026-11-30 11:12:41.775642',2,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e73337c889e748f0d',1,2,2,'removed',NULL,'A rumour.','<p>A rumour.</p>
',0,0,'[]','[]',NULL,NULL,'2026-11-30 11:12:41.801627',NULL,'[]','[]',NULL,'2026-11-30 11:12:41.801627',2,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('e70108cd511c4155f',1,NULL,1,'draft',NULL,'Only a draft.','<p>Only a draft.</p>
',0,0,'[]','[]',NULL,NULL,NULL,NULL,'[{"role": "text", "name": "Our correspondent", "handle": null, "url": null}]','[]',NULL,'2026-11-30 11:12:41.871909',3,NULL,'[]','[]','[]',NULL,NULL);
INSERT INTO "entries" VALUES('ec7670612b33543ff',1,4,2,'published','Bridge','The bridge **stands**.','<p>The bridge <strong>stands</strong>.</p>
',1,1,'["analysis"]','["bridge"]','Kharkiv',NULL,'2026-11-30 11:13:12.046099','2026-11-30 11:13:12.116402','[{"role": "text", "name": "Ed Editor", "handle": null, "url": null}]','[{"kind": "correspondent", "name": "@finlookedintoit", "url": null, "retrieved_at": null, "quote": null}]','{"status": "confirmed", "at": "2026-11-30T11:13:12.116402Z", "note": null, "settled_by": null, "trail": [{"status": "checking", "at": "2026-11-30T11:13:12.046099Z"}]}','2026-11-30 11:13:12.046099',2,NULL,'[]','[]','[]',NULL,NULL);
CREATE TABLE entry_authors (
	entry_id VARCHAR(32) NOT NULL, 
	author VARCHAR(600) NOT NULL, 
	CONSTRAINT pk_entry_authors PRIMARY KEY (entry_id, author), 
	CONSTRAINT fk_entry_authors_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
INSERT INTO "entry_authors" VALUES('e6d8d8578d504b064','our correspondent');
INSERT INTO "entry_authors" VALUES('e70108cd511c4155f','our correspondent');
INSERT INTO "entry_authors" VALUES('ec7670612b33543ff','ed editor');
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
INSERT INTO "entry_topics" VALUES('ec7670612b33543ff','bridge');
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
INSERT INTO "events" VALUES(1,1,'entry.published','eea41f418ed9c1a6a',1,'2026-11-30 11:12:17.952889','{"type":"event","seq":1,"kind":"entry.published","id":"eea41f418ed9c1a6a","rev":1,"at":"2026-11-30T11:12:17.952889Z","published_at":"2026-11-30T11:12:17.952889Z","key":false,"pinned":false,"html":"<article id=\"eea41f418ed9c1a6a\" class=\"entry\" data-seq=\"1\" data-rev=\"1\" data-published-at=\"2026-11-30T11:12:17.952889Z\" tabindex=\"0\" aria-labelledby=\"t-eea41f418ed9c1a6a\" aria-describedby=\"b-eea41f418ed9c1a6a\">\n<p class=\"when\" id=\"t-eea41f418ed9c1a6a\"><a href=\"/stories/kharkiv/entries/eea41f418ed9c1a6a\"><time datetime=\"2026-11-30T11:12:17.952889Z\" title=\"30 November 2026, 11:12 UTC\" data-time=\"stamp\"><b>11:12 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><div class=\"body\" id=\"b-eea41f418ed9c1a6a\" dir=\"auto\"><p>The city centre <strong>has not been hit</strong> so far.</p>\n</div><p class=\"by\"> <span><a class=\"share\" href=\"/stories/kharkiv/entries/eea41f418ed9c1a6a\">Share</a></span></p></div>\n</article>","key_html":null}');
INSERT INTO "events" VALUES(1,2,'entry.published','e73337c889e748f0d',1,'2026-11-30 11:12:41.801627','{"type":"event","seq":2,"kind":"entry.published","id":"e73337c889e748f0d","rev":1,"at":"2026-11-30T11:12:41.801627Z","published_at":"2026-11-30T11:12:41.801627Z","key":false,"pinned":false,"html":"<article id=\"e73337c889e748f0d\" class=\"entry\" data-seq=\"2\" data-rev=\"1\" data-published-at=\"2026-11-30T11:12:41.801627Z\" tabindex=\"0\" aria-labelledby=\"t-e73337c889e748f0d\" aria-describedby=\"b-e73337c889e748f0d\">\n<p class=\"when\" id=\"t-e73337c889e748f0d\"><a href=\"/stories/kharkiv/entries/e73337c889e748f0d\"><time datetime=\"2026-11-30T11:12:41.801627Z\" title=\"30 November 2026, 11:12 UTC\" data-time=\"stamp\"><b>11:12 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><div class=\"body\" id=\"b-e73337c889e748f0d\" dir=\"auto\"><p>A rumour.</p>\n</div><p class=\"by\"> <span><a class=\"share\" href=\"/stories/kharkiv/entries/e73337c889e748f0d\">Share</a></span></p></div>\n</article>","key_html":null}');
INSERT INTO "events" VALUES(1,3,'entry.removed','e73337c889e748f0d',2,'2026-11-30 11:12:41.841411','{"type":"event","seq":3,"kind":"entry.removed","id":"e73337c889e748f0d","rev":2,"at":"2026-11-30T11:12:41.841411Z"}');
INSERT INTO "events" VALUES(1,4,'entry.published','ec7670612b33543ff',1,'2026-11-30 11:13:12.046099','{"type":"event","seq":4,"kind":"entry.published","id":"ec7670612b33543ff","rev":1,"at":"2026-11-30T11:13:12.046099Z","published_at":"2026-11-30T11:13:12.046099Z","key":true,"pinned":true,"html":"<article id=\"ec7670612b33543ff\" class=\"entry\" data-seq=\"4\" data-rev=\"1\" data-published-at=\"2026-11-30T11:13:12.046099Z\" data-key data-pinned data-topics=\"bridge\" data-authors=\"ed editor\" data-verification=\"checking\" tabindex=\"0\" aria-labelledby=\"h-ec7670612b33543ff t-ec7670612b33543ff\" aria-describedby=\"b-ec7670612b33543ff\">\n<p class=\"when\" id=\"t-ec7670612b33543ff\"><a href=\"/stories/kharkiv/entries/ec7670612b33543ff\"><time datetime=\"2026-11-30T11:13:12.046099Z\" title=\"30 November 2026, 11:13 UTC\" data-time=\"stamp\"><b>11:13 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><p class=\"marks\"><span class=\"mark\">Pinned</span><span class=\"label\" data-label=\"analysis\"><bdi>Analysis</bdi></span><span class=\"mark\">Key event</span><span class=\"sure\" data-sure=\"checking\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M8 2a6 6 0 1 0 6 6\"/><path d=\"M8 4.8V8l2.2 1.6\"/></svg>Being checked</span></p><h2 id=\"h-ec7670612b33543ff\" dir=\"auto\">Bridge</h2><div class=\"body\" id=\"b-ec7670612b33543ff\" dir=\"auto\"><p>The bridge stands.</p>\n</div><p class=\"by\"><span class=\"credit\">Text <bdi>Ed Editor</bdi></span> <span class=\"dateline\"><bdi>Kharkiv</bdi></span> <span><a href=\"/topics/bridge\"><bdi>#bridge</bdi></a></span> <span><a class=\"share\" href=\"/stories/kharkiv/entries/ec7670612b33543ff\">Share</a></span></p><ul class=\"sources\" aria-label=\"Sources\"><li>Source: <bdi>@finlookedintoit</bdi> <span class=\"kind\">(correspondent)</span></li></ul></div>\n</article>","key_html":"<li data-entry=\"ec7670612b33543ff\" data-published-at=\"2026-11-30T11:13:12.046099Z\" data-seq=\"4\" data-verification=\"checking\">\n<a href=\"/stories/kharkiv/entries/ec7670612b33543ff\" data-jump=\"ec7670612b33543ff\"><time datetime=\"2026-11-30T11:13:12.046099Z\" title=\"30 November 2026, 11:13 UTC\" data-time=\"stamp\"><b>11:13 <small>UTC</small></b> <span>30 November 2026</span></time>\n<span class=\"title\" dir=\"auto\">Bridge</span></a> <span class=\"sure\" data-sure=\"checking\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M8 2a6 6 0 1 0 6 6\"/><path d=\"M8 4.8V8l2.2 1.6\"/></svg>Being checked</span></li>"}');
INSERT INTO "events" VALUES(1,5,'entry.updated','ec7670612b33543ff',2,'2026-11-30 11:13:12.116402','{"type":"event","seq":5,"kind":"entry.updated","id":"ec7670612b33543ff","rev":2,"at":"2026-11-30T11:13:12.116402Z","published_at":"2026-11-30T11:13:12.046099Z","key":true,"pinned":true,"html":"<article id=\"ec7670612b33543ff\" class=\"entry\" data-seq=\"4\" data-rev=\"2\" data-published-at=\"2026-11-30T11:13:12.046099Z\" data-key data-pinned data-topics=\"bridge\" data-authors=\"ed editor\" data-verification=\"confirmed\" tabindex=\"0\" aria-labelledby=\"h-ec7670612b33543ff t-ec7670612b33543ff\" aria-describedby=\"b-ec7670612b33543ff\">\n<p class=\"when\" id=\"t-ec7670612b33543ff\"><a href=\"/stories/kharkiv/entries/ec7670612b33543ff\"><time datetime=\"2026-11-30T11:13:12.046099Z\" title=\"30 November 2026, 11:13 UTC\" data-time=\"stamp\"><b>11:13 <small>UTC</small></b> <span>30 November 2026</span></time></a></p>\n<div class=\"what\"><p class=\"marks\"><span class=\"mark\">Pinned</span><span class=\"label\" data-label=\"analysis\"><bdi>Analysis</bdi></span><span class=\"mark\">Key event</span><span class=\"sure\" data-sure=\"confirmed\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M3 8.5 6.3 12 13 4.5\"/></svg>Confirmed</span></p><h2 id=\"h-ec7670612b33543ff\" dir=\"auto\">Bridge</h2><div class=\"body\" id=\"b-ec7670612b33543ff\" dir=\"auto\"><p>The bridge <strong>stands</strong>.</p>\n</div><ol class=\"trail\" aria-label=\"How sure this is, and was\"><li><span data-sure=\"checking\">Being checked</span> <time datetime=\"2026-11-30T11:13:12.046099Z\" title=\"30 November 2026, 11:13 UTC\" data-time=\"moment\">11:13 UTC</time></li><li><span data-sure=\"confirmed\">Confirmed</span> <time datetime=\"2026-11-30T11:13:12.116402Z\" title=\"30 November 2026, 11:13 UTC\" data-time=\"moment\">11:13 UTC</time></li>\n</ol><p class=\"by\"><span class=\"credit\">Text <bdi>Ed Editor</bdi></span> <span class=\"dateline\"><bdi>Kharkiv</bdi></span> <span><a href=\"/stories/kharkiv/entries/ec7670612b33543ff#history\">Updated <time datetime=\"2026-11-30T11:13:12.116402Z\" title=\"30 November 2026, 11:13 UTC\" data-time=\"moment\">11:13 UTC</time></a></span> <span><a href=\"/topics/bridge\"><bdi>#bridge</bdi></a></span> <span><a class=\"share\" href=\"/stories/kharkiv/entries/ec7670612b33543ff\">Share</a></span></p><ul class=\"sources\" aria-label=\"Sources\"><li>Source: <bdi>@finlookedintoit</bdi> <span class=\"kind\">(correspondent)</span></li></ul></div>\n</article>","key_html":"<li data-entry=\"ec7670612b33543ff\" data-published-at=\"2026-11-30T11:13:12.046099Z\" data-seq=\"4\" data-verification=\"confirmed\">\n<a href=\"/stories/kharkiv/entries/ec7670612b33543ff\" data-jump=\"ec7670612b33543ff\"><time datetime=\"2026-11-30T11:13:12.046099Z\" title=\"30 November 2026, 11:13 UTC\" data-time=\"stamp\"><b>11:13 <small>UTC</small></b> <span>30 November 2026</span></time>\n<span class=\"title\" dir=\"auto\">Bridge</span></a> <span class=\"sure\" data-sure=\"confirmed\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M3 8.5 6.3 12 13 4.5\"/></svg>Confirmed</span></li>"}');
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
INSERT INTO "idempotency_keys" VALUES(1,2,'upgrade-1','e8be119ee600a80b33fb845b11d0264dc75034fc28ef691feec616ce602f27d3','ec7670612b33543ff','2026-11-30 11:13:12.046099');
CREATE TABLE inbound (
	inlet_id INTEGER NOT NULL, 
	message VARCHAR(64) NOT NULL, 
	version BIGINT NOT NULL, 
	entry_id VARCHAR(32) NOT NULL, 
	rev INTEGER NOT NULL, 
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
INSERT INTO "inlets" VALUES(1,'telegram',1,2,NULL,'e2ba4ff213742fa95bb2e2d1e6e616c5',1,'{}','2026-11-30 11:12:19.413887',NULL);
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
INSERT INTO "protections" VALUES(3,'Our correspondent',NULL,5,'region','near Kharkiv',NULL);
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
INSERT INTO "revisions" VALUES('eea41f418ed9c1a6a',1,'2026-11-30 11:12:17.952889',4,'published',NULL,'{"seq": 1, "rev": 1, "status": "published", "headline": null, "body": "The city centre **has not been hit** so far.", "body_html": "<p>The city centre <strong>has not been hit</strong> so far.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2026-11-30T11:12:17.952889Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:12:17.952889Z"}',NULL);
INSERT INTO "revisions" VALUES('e6d8d8578d504b064',1,'2026-11-30 11:12:41.696453',3,'submitted',NULL,'{"seq": null, "rev": 1, "status": "submitted", "headline": null, "body": "Submitted by Cora at the crossing.", "body_html": "<p>Submitted by Cora at the crossing.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": "near Kharkiv", "occurred_at": null, "published_at": null, "edited_at": null, "corrected_at": null, "corrections": [], "credits": [{"role": "text", "name": "Our correspondent", "handle": null, "url": null}], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:12:41.696453Z"}',NULL);
INSERT INTO "revisions" VALUES('e3461decfaf665e15',1,'2026-11-30 11:12:41.775642',2,'scheduled',NULL,'{"seq": null, "rev": 1, "status": "scheduled", "headline": null, "body": "Scheduled for later.", "body_html": "<p>Scheduled for later.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2031-01-01T00:00:00Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:12:41.775642Z"}',NULL);
INSERT INTO "revisions" VALUES('e73337c889e748f0d',1,'2026-11-30 11:12:41.801627',2,'published',NULL,'{"seq": 2, "rev": 1, "status": "published", "headline": null, "body": "A rumour.", "body_html": "<p>A rumour.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2026-11-30T11:12:41.801627Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:12:41.801627Z"}',NULL);
INSERT INTO "revisions" VALUES('e73337c889e748f0d',2,'2026-11-30 11:12:41.841411',2,'removed','Not so.','{"seq": 2, "rev": 2, "status": "removed", "headline": null, "body": "A rumour.", "body_html": "<p>A rumour.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": "2026-11-30T11:12:41.801627Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:12:41.801627Z"}','{"at": "2026-11-30T11:12:41.841411Z", "purged": false, "scrubbed": {}, "processes": [{"process": "vm:4228:bd9b03", "sockets": 0}], "silent": [], "beyond": ["browsers that are closed or offline, until they open the story again", "copies that others made: caches, search engines, feeds, archives, screenshots", "backups of the database"]}');
INSERT INTO "revisions" VALUES('e70108cd511c4155f',1,'2026-11-30 11:12:41.871909',3,'draft',NULL,'{"seq": null, "rev": 1, "status": "draft", "headline": null, "body": "Only a draft.", "body_html": "<p>Only a draft.</p>\n", "key": false, "pinned": false, "labels": [], "topics": [], "dateline": null, "occurred_at": null, "published_at": null, "edited_at": null, "corrected_at": null, "corrections": [], "credits": [{"role": "text", "name": "Our correspondent", "handle": null, "url": null}], "sources": [], "verification": null, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:12:41.871909Z"}',NULL);
INSERT INTO "revisions" VALUES('ec7670612b33543ff',1,'2026-11-30 11:13:12.046099',2,'published',NULL,'{"seq": 4, "rev": 1, "status": "published", "headline": "Bridge", "body": "The bridge stands.", "body_html": "<p>The bridge stands.</p>\n", "key": true, "pinned": true, "labels": ["analysis"], "topics": ["bridge"], "dateline": "Kharkiv", "occurred_at": null, "published_at": "2026-11-30T11:13:12.046099Z", "edited_at": null, "corrected_at": null, "corrections": [], "credits": [{"role": "text", "name": "Ed Editor", "handle": null, "url": null}], "sources": [{"kind": "correspondent", "name": "@finlookedintoit", "url": null, "retrieved_at": null, "quote": null}], "verification": {"status": "checking", "at": "2026-11-30T11:13:12.046099Z", "note": null, "settled_by": null, "trail": []}, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:13:12.046099Z"}',NULL);
INSERT INTO "revisions" VALUES('ec7670612b33543ff',2,'2026-11-30 11:13:12.116402',2,'revised',NULL,'{"seq": 4, "rev": 2, "status": "published", "headline": "Bridge", "body": "The bridge **stands**.", "body_html": "<p>The bridge <strong>stands</strong>.</p>\n", "key": true, "pinned": true, "labels": ["analysis"], "topics": ["bridge"], "dateline": "Kharkiv", "occurred_at": null, "published_at": "2026-11-30T11:13:12.046099Z", "edited_at": "2026-11-30T11:13:12.116402Z", "corrected_at": null, "corrections": [], "credits": [{"role": "text", "name": "Ed Editor", "handle": null, "url": null}], "sources": [{"kind": "correspondent", "name": "@finlookedintoit", "url": null, "retrieved_at": null, "quote": null}], "verification": {"status": "confirmed", "at": "2026-11-30T11:13:12.116402Z", "note": null, "settled_by": null, "trail": [{"status": "checking", "at": "2026-11-30T11:13:12.046099Z"}]}, "media": [], "embeds": [], "embargo_until": null, "returned_at": null, "created_at": "2026-11-30T11:13:12.046099Z"}',NULL);
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
INSERT INTO "sources" VALUES(1,'correspondent @finlookedintoit','correspondent','@finlookedintoit',NULL,NULL,'ec7670612b33543ff','2026-11-30 11:13:12.116402');
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
	head INTEGER NOT NULL, related JSON DEFAULT '[]' NOT NULL, sponsors JSON DEFAULT '[]' NOT NULL, turn INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_stories PRIMARY KEY (id), 
	CONSTRAINT uq_stories_slug UNIQUE (slug)
);
INSERT INTO "stories" VALUES(1,'kharkiv','Kharkiv: takeover at risk','','live',NULL,'[]',NULL,'UTC','en','2026-11-30 11:12:16.625125',NULL,'2026-11-30 11:12:16.625125','2026-11-30 11:13:12.116402','45917bab266a',5,'[]','[]',8);
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
INSERT INTO "tokens" VALUES(1,2,'old','678b06603398b6736948589ac44af87b08250a99fabd1478bd0aa9067410f36b','2026-11-30 11:12:15.225313',NULL,NULL);
INSERT INTO "tokens" VALUES(2,2,'second','5e10c2ced0c5b3d2dc9cb8c0250a104812fdb4a284b7eb9e14e97d8f0c235a7a','2026-11-30 11:12:37.864224',NULL,'2026-11-30 11:12:41.620225');
INSERT INTO "tokens" VALUES(3,3,'phone','cdd478447d55f669471415d7893c69ff04e475dd3c5fff891780b4f784cff04e','2026-11-30 11:12:39.591183',NULL,'2026-11-30 11:12:41.684446');
INSERT INTO "tokens" VALUES(4,2,'third','564db62313fa9bc077831308a2b6eb6b0d24d64512045c3671906de64fa18226','2026-11-30 11:13:01.501486',NULL,'2026-11-30 11:13:03.447836');
INSERT INTO "tokens" VALUES(5,2,'third','a7e1cad612f56780660db060eef41e87c223ec8280e8657157ba9ec943134ad2','2026-11-30 11:13:09.743959',NULL,'2026-11-30 11:13:12.032367');
INSERT INTO "tokens" VALUES(6,2,'upgrade','5b87c4d47c8d89ece202af2d646301f03664a7cf7fc17189e6c73c32090444e9','2026-11-30 11:13:24.806029',NULL,NULL);
INSERT INTO "tokens" VALUES(7,3,'upgrade','ef8c8b2f6c7abeb0ec5b18a7b19dbd1d5e2675d6079ab77fb883fe753c72a45d','2026-11-30 11:13:26.452040',NULL,NULL);
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
INSERT INTO "users" VALUES(1,'ada@example.org','Ada Admin','admin','$argon2id$v=19$m=65536,t=3,p=4$h/KwEgYiESZA0xgdZYbBRw$R6QESugLxgA/k8poxBn+6/ldFqVyY9mjQDq/z7o09Vs','2026-11-30 11:12:03.972224',1,NULL,NULL);
INSERT INTO "users" VALUES(2,'ed@example.org','Ed Editor','editor','$argon2id$v=19$m=65536,t=3,p=4$AklazVqYcp5aIlqgk0LXjg$IZ0jV2wE6wFjMQa5ttXtfOQ4CRThdS09XnSaGyzj6m0','2026-11-30 11:12:06.217069',1,NULL,NULL);
INSERT INTO "users" VALUES(3,'cora@example.org','Cora Contributor','contributor','$argon2id$v=19$m=65536,t=3,p=4$bWMw+ptzEIpYI9jq3YEASQ$HaiHcDt9GtViZ0MeN9//EgGNAZ6TwsJ/8TR85uc4wNQ','2026-11-30 11:12:09.144749',1,NULL,NULL);
INSERT INTO "users" VALUES(4,'command-line@localhost','Command line','admin','!','2026-11-30 11:12:16.622265',1,NULL,NULL);
CREATE TABLE whereabouts (
	entry_id VARCHAR(32) NOT NULL, 
	dateline TEXT, 
	occurred_at DATETIME, 
	show_at DATETIME, decided JSON DEFAULT '[]' NOT NULL, 
	CONSTRAINT pk_whereabouts PRIMARY KEY (entry_id), 
	CONSTRAINT fk_whereabouts_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
);
INSERT INTO "whereabouts" VALUES('e6d8d8578d504b064','Saltivka',NULL,NULL,'[]');
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
CREATE INDEX ix_whereabouts_show_at ON whereabouts (show_at);
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
CREATE INDEX ix_enclosures_due_at ON enclosures (due_at);
CREATE INDEX ix_enclosures_entry_id ON enclosures (entry_id);
COMMIT;
