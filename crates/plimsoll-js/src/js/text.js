// How strings, numbers and keys are written, and how many columns a text takes on a terminal.
//
// Needs nothing of `internal`.
(function () {
  'use strict';

  const plural = (count) => (count === 1 ? '' : 's');

  const controls = /[\x00-\x1f\x7f-\x9f]/;
  const mustEscape = /[\x00-\x1f'\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
  const mustEscapeAll = new RegExp(mustEscape, 'g');
  const mustEscapeButQuote = new RegExp(mustEscape.source.replace("'", ''), 'g');
  const shortEscapes = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\', "'": "\\'" };

  function escapeCharacter(character) {
    const short = shortEscapes[character];
    if (short !== undefined) return short;
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return code > 255 ? `\\u${hex}` : `\\x${hex.toUpperCase().padStart(2, '0')}`;
  }

  function quote(text) {
    if (!mustEscape.test(text)) return `'${text}'`;
    // The first of ' " ` that needs no escape; a template must not become one with `${`.
    let mark = "'";
    if (text.includes("'")) {
      if (!text.includes('"')) mark = '"';
      else if (!text.includes('`') && !text.includes('${')) mark = '`';
    }
    return mark + text.replace(mark === "'" ? mustEscapeAll : mustEscapeButQuote, escapeCharacter) + mark;
  }

  const escapeControls = (text) =>
    controls.test(text) ? text.replace(/[\x00-\x1f\x7f-\x9f]/g, escapeCharacter) : text;

  const thousands = (digits) => digits.replace(/(?<=[^-])(?=(?:[^]{3})+$)/g, '_');
  const thousandths = (digits) => digits.replace(/[^]{3}(?=[^])/g, '$&_');

  function numberText(number, separated) {
    if (!separated) return number === 0 && 1 / number < 0 ? '-0' : `${number}`;
    const text = `${number}`;
    if (!Number.isFinite(number)) return text;
    if (Number.isInteger(number)) return text.includes('e') ? text : thousands(text);
    const point = text.indexOf('.');
    return `${thousands(text.slice(0, point))}.${thousandths(text.slice(point + 1))}`;
  }

  const bigintText = (bigint, separated) => `${separated ? thousands(`${bigint}`) : bigint}n`;

  const escapeSequences = /\x1b\[[0-9;]*[A-Za-z]/g;
  const narrow = /^[\x20-\x7e]*$/;
  const wide = new RegExp(
    '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6b' +
      '\\uff01-\\uff60\\uffe0-\\uffe6\\u{1f300}-\\u{1f64f}\\u{1f900}-\\u{1f9ff}\\u{20000}-\\u{3fffd}]',
    'u',
  );
  let zeroWidth; // made when needed: it takes long

  const stripColors = (text) => (text.includes('\x1b') ? text.replace(escapeSequences, '') : text);

  function width(text, colored) {
    if (colored) text = stripColors(text);
    if (narrow.test(text)) return text.length;
    zeroWidth ??= new RegExp('[\\p{Cc}\\p{Cf}\\p{Me}\\p{Mn}]', 'u');
    let columns = 0;
    for (const character of text.normalize('NFC')) {
      if (wide.test(character)) columns += 2;
      else if (!zeroWidth.test(character)) columns++;
    }
    return columns;
  }

  return { quote, escapeControls, numberText, bigintText, thousands, plural, width, stripColors };
})
