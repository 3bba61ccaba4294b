/** What a person sees in the terminal. Neither form ever gets payloads, tokens or query strings. */
export interface Log {
  /** One readable line. */
  line(text: string): void;
  /** Shown with `--verbose` only. */
  detail(text: string): void;
}

export function createLog(options: { verbose: boolean; write?: (text: string) => void; now?: () => Date }): Log {
  const write = options.write ?? ((text: string) => void process.stdout.write(text));
  const now = options.now ?? (() => new Date());
  const stamped = (text: string) => write(`${now().toTimeString().slice(0, 8)} ${text}\n`);
  return { line: stamped, detail: options.verbose ? stamped : () => undefined };
}
