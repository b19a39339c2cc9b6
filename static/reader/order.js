// Where an entry stands in a list, and whether it belongs there: by the data that the server writes on each article.

const CHOICES = {
  show: (entry, wanted) => (wanted === "key" ? "key" in entry : entry.verification === wanted),
  topic: (entry, wanted) => entry.topics?.split("\n").includes(wanted),
  author: (entry, wanted) => entry.authors?.split("\n").includes(wanted),
};

/** Newest first. Takes datasets; negative where `a` stands above `b`. */
export function byTime(a, b) {
  if (a.publishedAt !== b.publishedAt) return a.publishedAt > b.publishedAt ? -1 : 1;
  return b.seq - a.seq;
}

/** Whether the reader wants an entry; `chosen(name)` is the reader's choice, or nothing. Takes a dataset. */
export const fits = (entry, chosen) =>
  Object.entries(CHOICES).every(([name, suits]) => !chosen(name) || suits(entry, chosen(name)));

export const isPlaying = (article) => [...article.querySelectorAll("video, audio")].some((media) => !media.paused);
