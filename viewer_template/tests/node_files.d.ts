// The one thing that the tests need of Node, without its types all over the viewer's sources.
declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
