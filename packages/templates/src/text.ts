import { compile as compileConverter, type HtmlToTextOptions } from 'html-to-text';
import { isComment, scanTags, type Tag } from './scan.ts';

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
    ...['td', 'th'].map((selector) => ({ selector, format: 'inlineSurround', options: { suffix: ' ' } })),
    { selector: 'head', format: 'skip' },
    { selector: 'title', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
};

const convert = compileConverter(options);

/**
 * The text template that says what an HTML template says: links as `text [address]`, values and blocks in place.
 * What stands where no text comes from (styles, attributes) is gone, and so are the values in it; the result may
 * therefore fail to parse when one half of a block stood there. `written`: what a value or a tag of a block is in text.
 */
export function textTemplateOf(html: string, written: (tag: Tag) => string): string {
  // Values travel through the conversion as words that occur nowhere else, so that nothing in them is taken for HTML.
  let mark = 'hbs';
  while (html.includes(mark)) mark += 'x';
  const tags: string[] = [];
  const numbers = new Map<string, number>();
  let marked = '';
  let from = 0;
  for (const tag of scanTags(html).tags) {
    marked += html.slice(from, tag.start);
    from = tag.end;
    if (isComment(tag)) continue;
    // The same words for the same value: a link that shows its own address is shown once.
    const text = written(tag);
    const number = numbers.get(text) ?? tags.push(text) - 1;
    numbers.set(text, number);
    marked += `${mark}${String(number)}z`;
  }
  return convert(marked + html.slice(from))
    .replace(/[ \t]+$/gm, '')
    .replaceAll('{{', '{ {')
    .replace(new RegExp(`${mark}(\\d+)z`, 'g'), (_, number: string) => tags[Number(number)] ?? '')
    .trim();
}
