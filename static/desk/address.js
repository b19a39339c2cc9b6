// The way to another form. Where this page has its address already, but for the fragment, a browser would stay where it is.
export function go(to) {
  const there = new URL(to, location.href);
  if (there.pathname !== location.pathname || there.search !== location.search) return location.assign(to);
  location.hash = there.hash;
  return location.reload();
}
