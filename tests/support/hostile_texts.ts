import fc from "fast-check";

/** Something that a peer might write to touch, fool or disturb a terminal. */
export interface HostileText {
  /** What it does on a terminal that is not protected. */
  readonly what: string;
  readonly text: string;
}

const ESC = "\x1b";
const ST = `${ESC}\\`;
const CSI = `${ESC}[`;
const OSC = `${ESC}]`;

const table = (rows: readonly (readonly [what: string, text: string])[]): readonly HostileText[] =>
  rows.map(([what, text]) => ({ what, text }));

/** Control sequences (ECMA-48; xterm's ctlseqs): they act. */
export const CONTROL_SEQUENCES: readonly HostileText[] = table([
  ["CSI: clears the screen", `${CSI}2J${CSI}3J`],
  ["CSI: goes home", `${CSI}H`],
  ["CSI: goes up and erases a line", `${CSI}5A${CSI}2K`],
  ["CSI: erases below", `\r${CSI}J`],
  ["CSI: puts in and takes out lines", `${CSI}9L${CSI}9M`],
  ["CSI: scrolls", `${CSI}9S${CSI}9T`],
  ["CSI: sets margins", `${CSI}1;2r`],
  ["CSI: repeats a character", `x${CSI}99999b`],
  ["CSI: hides what follows", `${CSI}8m`],
  ["CSI: blinks in red", `${CSI}5;31;41m`],
  ["CSI: sets a tab stop, clears all", `${CSI}W${CSI}3g`],
  ["CSI: soft reset", `${CSI}!p`],
  ["CSI: cursor report, which is typed as an answer", `${CSI}6n`],
  ["CSI: device attributes", `${CSI}c${CSI}>c${CSI}=c`],
  ["CSI: asks for a mode", `${CSI}?2004$p`],
  ["CSI: reports the title, as if it were typed", `${CSI}21t`],
  ["CSI: resizes and iconifies the window", `${CSI}8;1;1t${CSI}2t`],
  ["CSI: reports keys in another way", `${CSI}>4;2m${CSI}>1u`],
  ["CSI: cursor style", `${CSI}5 q`],
  ["DECSET: alternate screen", `${CSI}?1049h`],
  ["DECSET: hides the cursor, no wrapping", `${CSI}?25l${CSI}?7l`],
  ["DECSET: mouse, focus, paste marks", `${CSI}?1003h${CSI}?1006h${CSI}?1004h${CSI}?2004h`],
  ["DECSET: holds the screen still", `${CSI}?2026h`],
  ["DECSET: origin, reverse screen, application keys", `${CSI}?6h${CSI}?5h${CSI}?1h`],
  ["SM: puts characters in", `${CSI}4h${CSI}20h`],
  ["OSC 0: title", `${OSC}0;pwned\x07`],
  ["OSC 1, 2: icon, title", `${OSC}1;pwned${ST}${OSC}2;pwned${ST}`],
  ["OSC 4: palette", `${OSC}4;1;rgb:00/00/00\x07${OSC}4;1;?\x07`],
  ["OSC 7: folder", `${OSC}7;file:///etc${ST}`],
  ["OSC 8: a link that says something else", `${OSC}8;;http://evil.example${ST}bank${OSC}8;;${ST}`],
  ["OSC 9, 777: notifications", `${OSC}9;pwned\x07${OSC}777;notify;pwned;pwned\x07`],
  ["OSC 10, 11, 12: colours", `${OSC}10;#000000\x07${OSC}11;#000000\x07${OSC}12;#000000\x07`],
  ["OSC 11: asks for a colour", `${OSC}11;?${ST}`],
  ["OSC 52: writes the clipboard", `${OSC}52;c;cm0gLXJmIH4K\x07`],
  ["OSC 52: reads the clipboard", `${OSC}52;c;?${ST}`],
  ["OSC 104, 110: resets colours", `${OSC}104${ST}${OSC}110${ST}`],
  ["OSC 133: a prompt", `${OSC}133;A${ST}`],
  ["OSC 1337: a file", `${OSC}1337;File=name=eA==;inline=1:eA==\x07`],
  ["DCS: asks for settings, which are typed as an answer", `${ESC}P$qm${ST}${ESC}P+q544e${ST}`],
  ["DCS: sixel", `${ESC}Pq#0;2;0;0;0#0~~-~~${ST}`],
  ["DCS: defines keys", `${ESC}P1;1|17/726d20${ST}`],
  ["DCS: through tmux", `${ESC}Ptmux;${ESC}${ESC}]0;pwned\x07${ST}`],
  ["APC: kitty's graphics", `${ESC}_Ga=T,f=24,s=1,v=1;AAAA${ST}`],
  ["SOS", `${ESC}Xpwned${ST}`],
  ["PM", `${ESC}^pwned${ST}`],
  ["ESC c: reset", `${ESC}c`],
  ["ESC: saves and restores the cursor", `${ESC}7${CSI}H${ESC}8`],
  ["ESC: line feeds, up and down", `${ESC}D${ESC}E${ESC}M`],
  ["ESC: fills the screen", `${ESC}#8`],
  ["ESC: line drawing for letters", `${ESC}(0qqq\x0e`],
  ["ESC: keypad, identification, shifts", `${ESC}=${ESC}>${ESC}Z${ESC}N${ESC}O`],
  ["ESC: leaves UTF-8", `${ESC}%@`],
  ["C1: CSI", "\x9b2J\x9bH"],
  ["C1: OSC", "\x9d0;pwned\x9c"],
  ["C1: DCS, APC, SOS, PM", "\x90$qm\x9c\x9fG\x9c\x98x\x9c\x9ex\x9c"],
  ["C1: IND, NEL, RI, HTS, SS2, DECID", "\x84\x85\x8d\x88\x8e\x9a"],
  ["C0: bell", "\x07\x07\x07"],
  ["C0: writes over what stands there", "\b\b\b\b\b\r12:04"],
  ["C0: line feeds", "\n\x0b\x0c\n"],
  ["C0: tabs", "\t\t"],
  ["C0: shifts, stops, asks, cancels", "\x00\x05\x0e\x0f\x11\x13\x18\x1a\x7f"],
  ["a sequence that is not ended", `${CSI}`],
  ["a string that is not ended", `${OSC}0;`],
  ["a lone ESC", ESC],
]);

/** What is not seen, and moves, hides or joins what is. */
export const INVISIBLE_TEXTS: readonly HostileText[] = table([
  ["bidi: overrides", "user\u202egnp.exe\u202c \u202dabc\u202c"],
  ["bidi: embeddings that are not ended", "\u202a\u202b\u202b\u202b"],
  ["bidi: isolates", "\u2066a\u2067b\u2068c\u2069"],
  ["bidi: marks", "\u200ea\u200fb\u061cc"],
  ["zero width: spaces and joiners", "a\u200bn\u200cn\u200d\u2060\ufeff"],
  ["zero width: operators, deprecated controls", "\u2061\u2062\u2063\u2064\u206a\u206f"],
  ["soft hyphen, grapheme joiner, vowel separator", "a\u00adn\u034fn\u180e"],
  ["shorthand and music controls", "\u{1bca0}\u{1d173}\u{1d17a}"],
  ["variation selectors", "\u2764\ufe0f1\ufe0e漢\u{e0100}"],
  ["tags", "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}\u{e0001}"],
  ["Hangul fillers", "\u115f\u1160\u3164\uffa0"],
  ["line and paragraph separators", "a\u2028b\u2029c\u0085"],
  ["annotations", "\ufff9a\ufffab\ufffb"],
  ["emoji that are joined", "👩\u200d👩\u200d👧\u200d👦 👩\u200d🚀 🏳\ufe0f\u200d🌈"],
  ["lone surrogates", "\ud800a\udc00\udbff"],
]);

/** What a terminal may draw wider, higher or elsewhere than the program thinks, or not at all. */
export const TEXTS_OF_UNSURE_WIDTH: readonly HostileText[] = table([
  ["marks piled up", "e" + "\u0301\u0316\u0334\u0489".repeat(50)],
  ["marks with something invisible between", "e" + "\u0301\u200b".repeat(50)],
  ["a mark on what was printed before", "\u0338\u20dd\u0301x"],
  ["marks that enclose", "a\u20dd\u20e0\u0488"],
  ["Hangul vowels and finals piled up", "\u1112" + "\u1161\u11ab".repeat(30)],
  ["private use", "\ue000\uf8ff\u{f0000}\u{10fffd}"],
  ["characters that are none", "\ufdd0\uffff\u{1fffe}\u{10ffff}"],
  ["unassigned characters", "\u0378\u{1c000}\u{2fffd}\u{e0fff}"],
  ["signs around numbers", "\u0600123\u06dd\u{110bd}"],
  ["hieroglyphs that are joined", "\u{13000}\u{13430}\u{13001}"],
  ["empty Braille cells", "\u2800".repeat(40) + "x"],
  ["blank letters, a blank note, a blank mark", "a\u{13441}\u{13442}\u{1d159}b\u{16fe4}"],
  ["spaces of all kinds", "a\u00a0\u1680\u2000\u200a\u202f\u205f\u3000b"],
  ["wide characters", "漢字ｆｕｌｌ𠀋🎉"],
  ["ambiguous widths", "½※①Яλ…"],
  ["skin tones, flags, key caps", "👍🏽🇩🇪🇩1\ufe0f\u20e3"],
  ["glyphs wider than their cells", "\ufdfd\u{1242b}꧅"],
]);

/** What looks like a line of the program's or of somebody else's. `12:04`, `ann` and `lobby` are nobody's. */
export const LYING_TEXTS: readonly HostileText[] = table([
  ["a message", "x\n12:04      ann: I resign"],
  ["a message with its room", "x\n12:04 [lobby] ann: I resign\n[lobby] ann: I resign"],
  ["a message over the one before", "x\r12:04      ann: I resign"],
  ["a message at the beginning of a row", "x".padEnd(80) + "12:04      ann: I resign"],
  ["a message at the beginning of any row", "12:04 ann: I resign ".repeat(40)],
  ["a message behind a wide one", "漢".repeat(60) + "12:04      ann: I resign"],
  ["a notice", "x\n-- ann left lobby\n---- 12 missed messages ----"],
  ["a prompt", "x\n> "],
  ["a file", "x\n[1] plan.pdf, 1.20 MB"],
]);

/** All of them. */
export const HOSTILE_TEXTS: readonly HostileText[] = [
  ...CONTROL_SEQUENCES,
  ...INVISIBLE_TEXTS,
  ...TEXTS_OF_UNSURE_WIDTH,
  ...LYING_TEXTS,
];

/** Texts in which what is hostile is as frequent as anything else. */
export function hostileText(): fc.Arbitrary<string> {
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(...HOSTILE_TEXTS.map(({ text }) => text)),
    fc.constantFrom("ann", "12:04", " ", "漢", "é"),
  );
  return fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
}
