/**
 * HTML by tagged template: whatever is put into `html` is escaped unless it is Markup already, so that nothing a strategy
 * file says can become an element. The only door for raw text is `trusted`, used for our own script and style.
 */
export interface Markup {
  readonly html: string;
}

type Content = Markup | string | number | undefined | false | readonly Content[];

export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return { html: parts.map((part, i) => (i === 0 ? '' : render(values[i - 1])) + part).join('') };
}

/** Text that is known to be safe as it stands. Never give it anything that came from a file of the user's. */
export function trusted(text: string): Markup {
  return { html: text };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`);
}

/** JSON that may stand inside a script element: no `<` can end it early. */
export function embeddedJson(value: unknown): Markup {
  return trusted(
    JSON.stringify(value)
      .replace(/</g, '\\u003c')
      .replace(/\u2028/g, '\\u2028')
      .replace(/\u2029/g, '\\u2029'),
  );
}

function render(content: Content): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'string') return escapeHtml(content);
  if (typeof content === 'number') return String(content);
  if ('html' in content) return content.html;
  return content.map(render).join('');
}
