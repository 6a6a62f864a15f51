import { compile as compileConverter, type HtmlToTextOptions } from 'html-to-text';

/** A comment, or a value or tag of a block; names in brackets and strings may hold closing braces. */
const MUSTACHE =
  /\{\{~?!--[\s\S]*?--~?\}\}|\{\{~?![\s\S]*?\}\}|\{\{(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^"'[\]}]|\}(?!\}))*\}\}\}?/g;

const options: HtmlToTextOptions = {
  wordwrap: false,
  baseElements: { selectors: ['body'], returnDomByDefault: true },
  formatters: {
    // A picture is worth its words here, not its address.
    words: (element, _walk, builder) => {
      const words: unknown = Reflect.get(element.attribs, 'alt');
      if (typeof words === 'string') builder.addInline(words);
    },
  },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    { selector: 'img', format: 'words' },
    { selector: 'head', format: 'skip' },
    { selector: 'title', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
};

const convert = compileConverter(options);

/**
 * The text template that says what an HTML template says: links as `text [address]`, values and blocks in place.
 * What stands where no text comes from (styles, attributes) is gone, and so are the values in it; the result may
 * therefore fail to parse when one half of a block stood there.
 */
export function textTemplateOf(html: string): string {
  // Values travel through the conversion as words that occur nowhere else, so that nothing in them is taken for HTML.
  let mark = 'hbs';
  while (html.includes(mark)) mark += 'x';
  const mustaches: string[] = [];
  const numbers = new Map<string, number>();
  const marked = html.replace(MUSTACHE, (mustache) => {
    if (/^\{\{~?!/.test(mustache)) return '';
    const number = numbers.get(mustache) ?? mustaches.push(mustache) - 1;
    numbers.set(mustache, number);
    return `${mark}${String(number)}z`;
  });
  return convert(marked)
    .replaceAll('{{', '{ {')
    .replace(new RegExp(`${mark}(\\d+)z`, 'g'), (_, number: string) => mustaches[Number(number)] ?? '')
    .trim();
}
