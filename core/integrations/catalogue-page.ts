import { INTEGRATIONS } from './catalogue.ts';
import type { Integration, SecretDeclaration } from './integration.ts';

/** `docs/integrations.md`, as `npm run catalogue` writes it. */
export async function cataloguePage(): Promise<string> {
  const integrations = await Promise.all(Object.values(INTEGRATIONS).map((load) => load()));
  const sections = await Promise.all(integrations.map(sectionOf));
  return `${[
    '# Integrations',
    '',
    'What Millrace knows of providers: how they sign, what they send, and where their URL is pasted. [subscriptions.md](subscriptions.md) follows one from',
    'its creation to its end; [adding-an-integration.md](adding-an-integration.md) adds another. This page is written by `npm run catalogue`.',
    '',
    '| integration | how a request is verified |',
    '| --- | --- |',
    ...integrations.map(({ id, title, verification }) => `| [${title}](#${id}) | ${verification} |`),
    ...sections,
  ].join('\n')}\n`;
}

async function sectionOf(integration: Integration): Promise<string> {
  const { id, title, docs, verification, secrets, setup, types, answer } = integration;
  const events = await integration.events();
  return [
    '',
    `## ${id}`,
    '',
    `[${title}](${docs}). ${verification}`,
    '',
    ...secrets.map((secret) => `- ${secretLine(secret)}`),
    `- It expects ${answer.status}${answer.body === undefined ? '' : ` with \`${answer.body}\``}.`,
    '',
    ...setup.map((step, at) => `${at + 1}. ${step.replaceAll('{url}', "the subscription's URL").replaceAll('{name}', '<name>')}`),
    '',
    ...(events.length === 0
      ? []
      : ['| event | |', '| --- | --- |', ...events.map(({ type, title: meaning }) => `| \`${type}\` | ${meaning} |`), '']),
    `Known types: ${types.map((type) => `\`${type}\``).join(', ')}.`,
  ].join('\n');
}

function secretLine({ name, title, generated, optional }: SecretDeclaration): string {
  const origin = generated ? 'made by Millrace and shown once' : 'given by the provider';
  return `\`${name}\`: ${title}, ${origin}${optional ? '; optional' : ''}.`;
}
