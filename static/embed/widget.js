// Everything that the widget loads, except embed-frame.js and pictures.js, which run before the first paint.
import "../reader/frames.js";
import "../reader/story-bar.js";
import "./in-view.js";
import "./shared-socket.js";
import "../reader/live-blog.js";
import "./few.js";
