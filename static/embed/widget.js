// All that the widget loads, but for what runs before the first paint.
import "../reader/frames.js";
import "../reader/live-blog.js";
