export default function tearDown() {
  globalThis.removeSharedFolder();
}
