import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { badRequest } from '../errors.ts';
import type { BinaryContent } from './body.ts';
import { addField } from './fields.ts';

interface UploadedFile extends BinaryContent {
  readonly filename: string;
}

type Field = string | UploadedFile;

/** Parses `multipart/form-data` (RFC 7578) into fields and files, arrays where a name is repeated. Raises 400 for a malformed body. */
export async function parseMultipart(contentType: string, body: Buffer): Promise<Record<string, Field | Field[]>> {
  const fields = new Map<string, Field | Field[]>();
  try {
    const parser = new Busboy({
      headers: { 'content-type': contentType } as BusboyHeaders,
      // The body's own limit holds; the parser's (1 MB) would cut a field without a word.
      limits: { fieldSize: Number.POSITIVE_INFINITY },
    });
    await new Promise<void>((resolve, reject) => {
      parser.on('field', (name, value) => addField<Field>(fields, name, value));
      parser.on('file', (name, stream, filename, _encoding, type) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('end', () => {
          const content = Buffer.concat(chunks);
          addField<Field>(fields, name, { filename, contentType: type, size: content.length, base64: content.toString('base64') });
        });
      });
      parser.on('error', reject);
      parser.on('finish', resolve);
      parser.end(body);
    });
  } catch {
    throw badRequest('The multipart body is malformed, or its Content-Type names no boundary.');
  }
  return Object.fromEntries(fields);
}
