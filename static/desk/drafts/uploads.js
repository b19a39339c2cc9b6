// Uploads files to the server: each once, however many callers ask.

import { headers, Offline, readResponse } from "../shared/request.js";
import { file as held, uploaded } from "./files.js";

const under = new Map(); // file → {promise, request, progress}
const UPLOADS = "/api/media";
const STALLED = 20_000; // milliseconds without progress: the connection is broken
const ANSWER = 60_000; // for the server, which checks the complete file

/** Uploads a stored file; resolves to `{id, url, …}`. Throws `Offline` and `Refused`. `told(share)` gets the progress, 0 to 1. */
export function upload(file, told = () => {}) {
  const running = under.get(file);
  if (running) {
    running.listeners.push(told);
    return running.promise;
  }
  const listeners = [told];
  const request = new XMLHttpRequest();
  const promise = sent(file, request, (share) => listeners.forEach((one) => one(share))).finally(() =>
    under.delete(file),
  );
  under.set(file, { promise, listeners, request });
  return promise;
}

export const cancel = (file) => under.get(file)?.request.abort();

async function sent(file, request, told) {
  const kept = await held(file);
  if (!kept) throw new Error("the picture is not on this device any more");
  if (kept.medium) return kept.medium;
  const body = new FormData();
  body.set("file", kept.blob, kept.blob.type === "image/png" ? "picture.png" : "picture");
  const { content } = await new Promise((resolve, reject) => {
    let timer = 0,
      late = false;
    const within = (time) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        late = true;
        request.abort();
      }, time);
    };
    request.open("POST", UPLOADS);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      within(STALLED);
      if (lengthComputable) told(loaded / total);
    };
    request.upload.onload = () => within(ANSWER);
    request.onerror = () => reject(new Offline("the picture could not be sent"));
    request.onabort = () =>
      reject(late ? new Offline("the picture does not get through") : new DOMException("cancelled", "AbortError"));
    request.onload = () => {
      const given = new Headers();
      for (const name of ["content-type", "retry-after"])
        if (request.getResponseHeader(name)) given.set(name, request.getResponseHeader(name));
      readResponse(request.status, given, async () => request.responseText).then(resolve, reject);
    };
    request.onloadend = () => clearTimeout(timer);
    within(STALLED);
    request.send(body);
  });
  await uploaded(file, content).catch(() => {}); // the server has it, even if this device does not note it
  return content;
}
