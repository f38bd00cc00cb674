// Keeps the page on the phone: it opens without a network, and the same files are never waited for twice. Only files of the
// page go through here; what is called of the API does not. Another version of any file is another store.

const STORE = "clerk-{{version}}";
const FILES = ["{{names}}"];

self.addEventListener("install", (event) => {
  const fetchAll = async () => {
    const store = await caches.open(STORE);
    await store.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
    await self.skipWaiting();
  };
  event.waitUntil(fetchAll());
});

self.addEventListener("activate", (event) => {
  const clear = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("clerk-") && name !== STORE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || !FILES.includes(url.pathname)) return;
  event.respondWith(caches.open(STORE).then((store) => store.match(url.pathname)).then((kept) => kept ?? fetch(request)));
});
