// Everything that a story's page loads, except pictures.js, and what follows later: kept.js, timeline.js, viewer.js.
import "./frames.js";
import "./returning/place.js"; // before the page
import "./live-blog.js";
import "./story-bar.js";
import "./returning/since.js";

const loaded = document.querySelector("live-blog").getAttribute("seq");
const later = () => import("./later/kept.js").then(({ keep }) => keep(loaded));
document.readyState === "complete" ? later() : addEventListener("load", later);
