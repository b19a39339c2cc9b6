// Everything that a story's page loads, except pictures.js.
import "./frames.js";
import "./live-blog.js";
import "./story-bar.js";
import "./timeline.js";
import "./since.js";
