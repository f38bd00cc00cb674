// The nonce of the page's Content-Security-Policy. antd's styles get it by its ConfigProvider; a few of its parts (the lock
// of the page behind a dialog, the measure of scroll bars) make style elements of their own without it, so that every
// style element gets it when it is made.

/** Empty, or the placeholder where no server set one: then there is no policy either. */
const written = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

export const nonce = written === "" || written.startsWith("{{") ? undefined : written;

if (nonce !== undefined) {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}
