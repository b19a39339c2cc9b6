// All that a story's page loads, but for pictures.js.
import "./frames.js";
import "./live-blog.js";
import "./last-visit.js";
