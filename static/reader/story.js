// Everything that a story's page loads, except pictures.js, and what is loaded later.
import "./frames.js";
// Before the page, which asks it for the place.
import "./returning/place.js";
import "./live-blog.js";
import "./story-bar.js";
import "./returning/since.js";

const loaded = document.querySelector("live-blog").getAttribute("seq");
const later = () => import("./later/kept.js").then(({ keep }) => keep(loaded));
addEventListener("load", later); // a module runs before that
