// The outcome of sending: the value of `saved` in the address, and the text. The page after it shows the same text.
const SENT = {
  published: ["published", "Published. Readers have it."],
  submitted: ["submitted", "Submitted. An editor will look at it."],
  scheduled: ["scheduled", "Scheduled."],
  draft: ["draft", "Saved as a draft."],
};

export function outcome(item, { status }, contributes) {
  if (!item.edits) return SENT[status] ?? SENT.published;
  if (status === "published") return ["saved", "Saved. Readers have it."];
  return status === "draft" || (status === "submitted" && !contributes) ? ["kept", "Saved."] : SENT[status];
}
