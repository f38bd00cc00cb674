//! Symbols and label sheets, read back by programs that know nothing of this crate: zbar for the
//! symbols, poppler for PDF and librsvg for SVG.

use std::path::{Path, PathBuf};
use std::process::Command;

use tallymark_codes::{
    CodeIndex, CodeLength, CodeText, Epoch, EpochKey, Face, Gtin, Host, IndexRange, Label, LabelError, LabelLayout,
    LabelSheets, LayoutError, Level, Minter, Qr, QrError,
};

const LINKS: [&str; 4] = [
    "HTTPS://Q.EXAMPLE.COM/C/0123456789ABCDEF",
    "HTTPS://Q.EXAMPLE.COM/C/0123456789ABCDEFGHJK",
    "https://q.example.com/01/09506000134352/21/0123456789ABCDEF",
    "https://品牌.example/很长的链接",
];

/// Whether these programs are here. When one is missing the test is skipped, or fails if
/// `TALLYMARK_REQUIRE_TOOLS` is 1.
fn tools_present(tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(tool) = missing {
        let required = std::env::var("TALLYMARK_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
        assert!(!required, "{tool} is not installed and TALLYMARK_REQUIRE_TOOLS is 1");
        println!("skipped: {tool} not installed");
    }
    missing.is_none()
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}

fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Every symbol that zbar finds in the picture.
fn scanned(picture: &Path) -> Vec<String> {
    let mut zbar = Command::new("zbarimg");
    zbar.args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(picture);
    output(&mut zbar).lines().map(str::to_owned).collect()
}

#[test]
fn a_png_is_read_by_zbar() {
    if !tools_present(&["zbarimg"]) {
        return;
    }
    for (number, link) in LINKS.into_iter().enumerate() {
        for module_px in [3, 8] {
            let file = temporary(&format!("symbol-{number}-{module_px}.png"));
            let png = Qr::new(link).and_then(|qr| qr.png(module_px)).expect("a short text");
            std::fs::write(&file, png).expect("the folder is writable");
            assert_eq!(scanned(&file), [link]);
        }
    }
}

#[test]
fn an_svg_is_read_by_zbar() {
    if !tools_present(&["zbarimg", "rsvg-convert"]) {
        return;
    }
    for (number, link) in LINKS.into_iter().enumerate() {
        let svg = temporary(&format!("symbol-{number}.svg"));
        let png = svg.with_extension("svg.png");
        std::fs::write(&svg, Qr::new(link).expect("a short text").svg()).expect("writable");
        output(Command::new("rsvg-convert").args(["--width", "300", "--output"]).arg(&png).arg(&svg));
        assert_eq!(scanned(&png), [link]);
    }
}

/// ISO/IEC 18004, table 7: at level M version 2 holds 38 and version 3 holds 61 alphanumeric
/// characters, but only 42 bytes; a symbol of version v has 17 + 4 v modules a side.
#[test]
fn a_short_link_takes_the_alphanumeric_mode() {
    let link = LINKS[0];
    assert_eq!(link.len(), 40);
    assert_eq!(Qr::new(link).expect("a short text").size(), 29);
    assert_eq!(Qr::new(&link[..38]).expect("a short text").size(), 25);
    let longer = format!("{link}/123456789012345678901");
    assert_eq!((longer.len(), Qr::new(&longer).expect("a short text").size()), (62, 33));
    let bytes = format!("{}abc", link.to_lowercase());
    assert_eq!((bytes.len(), Qr::new(&bytes).expect("a short text").size()), (43, 33));
}

#[test]
fn what_does_not_fit_a_picture_is_refused() {
    // ISO/IEC 18004, table 7: version 40 at level M holds 2,331 bytes.
    assert!(Qr::new(&"a".repeat(2331)).is_ok());
    assert_eq!(Qr::new(&"a".repeat(2332)), Err(QrError::TooLong { bytes: 2332 }));
    let qr = Qr::new(LINKS[0]).expect("a short text");
    assert_eq!(qr.png(0), Err(QrError::ModulePx(0)));
    assert_eq!(qr.png(65), Err(QrError::ModulePx(65)));
}

fn codes(count: u64) -> Vec<CodeText> {
    let key = EpochKey::new(Epoch(1), [3; 32]);
    let range = IndexRange::from_count(CodeIndex::new(500).expect("small"), count).expect("valid");
    let mut codes = Vec::new();
    Minter::new(&key, Face::Outer, CodeLength::STANDARD).mint_range(range, |_, code| codes.push(*code));
    codes
}

fn sheets(codes: &[CodeText], layout: &LabelLayout) -> Vec<u8> {
    let host = Host::parse("q.example.com").expect("a host");
    let gtin = Some(Gtin::parse("09506000134352").expect("published by GS1"));
    let mut sheets = LabelSheets::new(Vec::new(), layout).expect("a sound layout");
    for code in codes {
        let link = host.short_link(code);
        sheets.push(&Label { link: &link, code, level: Level::Case, gtin }).expect("memory");
    }
    sheets.finish().expect("memory")
}

/// Cuts the rectangle at these millimetres out of a page and reads the symbols in it.
fn scanned_label(pdf: &Path, page: usize, left_mm: f64, top_mm: f64) -> Vec<String> {
    let dots = |mm: f64| (mm / 25.4 * 300.0).round().to_string();
    let picture = pdf.with_extension("label");
    let mut pdftoppm = Command::new("pdftoppm");
    pdftoppm.args(["-r", "300", "-gray", "-png", "-singlefile"]);
    pdftoppm.args(["-f", &page.to_string(), "-x", &dots(left_mm), "-y", &dots(top_mm)]);
    pdftoppm.args(["-W", &dots(37.2), "-H", &dots(33.375)]).arg(pdf).arg(&picture);
    output(&mut pdftoppm);
    scanned(&picture.with_extension("label.png"))
}

/// One label at a time, as a phone sees them: zbar mixes up the corners of neighbours when a whole
/// page is held before it. On A4, 8 mm of margin and 2 mm between labels leave 5 · 37.2 mm and
/// 8 · 33.375 mm.
#[test]
fn every_label_of_a_sheet_is_read_by_zbar() {
    if !tools_present(&["zbarimg", "pdftoppm"]) {
        return;
    }
    let codes = codes(43);
    let pdf = temporary("labels.pdf");
    std::fs::write(&pdf, sheets(&codes, &LabelLayout::A4)).expect("writable");
    for (number, code) in codes.iter().enumerate() {
        let (row, column) = (number % 40 / 5, number % 5);
        let (left_mm, top_mm) = (8.0 + 39.2 * column as f64, 8.0 + 35.375 * row as f64);
        let found = scanned_label(&pdf, 1 + number / 40, left_mm, top_mm);
        assert_eq!(found, [format!("HTTPS://Q.EXAMPLE.COM/C/{code}")], "label {number}");
    }
}

#[test]
fn the_smallest_labels_allowed_are_read_by_zbar() {
    if !tools_present(&["zbarimg", "pdftoppm"]) {
        return;
    }
    let codes = codes(6);
    let layout =
        LabelLayout { page_width_mm: 34.0, page_height_mm: 36.0, margin_mm: 2.0, gap_mm: 0.0, columns: 3, rows: 2 };
    let pdf = temporary("small.pdf");
    std::fs::write(&pdf, sheets(&codes, &layout)).expect("writable");
    output(Command::new("pdftoppm").args(["-r", "600", "-gray", "-png"]).arg(&pdf).arg(pdf.with_extension("")));
    assert_eq!(scanned(&temporary("small-1.png")).len(), 6);
}

#[test]
fn the_text_of_a_label_is_read_by_poppler() {
    if !tools_present(&["pdftotext", "pdfinfo"]) {
        return;
    }
    let codes = codes(300);
    let one_a_page =
        LabelLayout { page_width_mm: 60.0, page_height_mm: 60.0, margin_mm: 5.0, gap_mm: 0.0, columns: 1, rows: 1 };
    let pdf = temporary("roll.pdf");
    std::fs::write(&pdf, sheets(&codes, &one_a_page)).expect("writable");
    // More pages than one node of the page tree takes.
    assert!(output(Command::new("pdfinfo").arg(&pdf)).contains("Pages:           300\n"));
    let text = output(Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-"));
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let expected: Vec<String> =
        codes.iter().flat_map(|code| [code.grouped(), "CASE 09506000134352".to_owned()]).collect();
    assert_eq!(lines.iter().map(|line| line.trim_matches('\u{c}').trim()).collect::<Vec<_>>(), expected);
}

/// ISO 32000-1, 7.5.4: every entry of the table gives the byte at which `N 0 obj` begins.
#[test]
fn the_cross_reference_table_points_at_every_object() {
    let pdf = sheets(&codes(90), &LabelLayout::A4);
    let text = String::from_utf8_lossy(&pdf);
    let start: usize = text
        .lines()
        .rev()
        .nth(1)
        .and_then(|line| line.parse().ok())
        .expect("the offset of the table is on the last line but one");
    let table = std::str::from_utf8(&pdf[start..]).expect("the table is ASCII");
    let entries: Vec<&str> = table.lines().skip(3).take_while(|line| line.ends_with('n')).collect();
    // The catalogue, the root and one node of the page tree, the font, and two for each of 3 pages.
    assert_eq!(entries.len(), 4 + 2 * 3);
    for (number, entry) in entries.iter().enumerate() {
        let offset: usize = entry[..10].parse().expect("ten digits");
        let heading = format!("{} 0 obj", number + 1);
        assert!(pdf[offset..].starts_with(heading.as_bytes()), "object {}", number + 1);
    }
}

#[test]
fn a_layout_that_cannot_be_scanned_or_printed_is_refused() {
    let refusal = |layout: LabelLayout| match LabelSheets::new(Vec::new(), &layout) {
        Err(LabelError::Layout(error)) => error,
        _ => panic!("{layout:?} must be refused"),
    };
    let a4 = LabelLayout::A4;
    let crowded = LabelLayout { columns: 30, rows: 30, ..a4 };
    assert!(matches!(refusal(crowded), LayoutError::TooSmall { .. }));
    let none = LabelLayout { rows: 0, ..a4 };
    assert_eq!(refusal(none), LayoutError::Grid { columns: 5, rows: 0 });
    let endless = LabelLayout { columns: u32::MAX, rows: u32::MAX, ..a4 };
    assert_eq!(refusal(endless), LayoutError::Grid { columns: u32::MAX, rows: u32::MAX });
    let negative = LabelLayout { margin_mm: -1.0, ..a4 };
    assert_eq!(refusal(negative), LayoutError::Measure { name: "margin", mm: -1.0 });
    assert!(matches!(refusal(LabelLayout { gap_mm: f32::NAN, ..a4 }), LayoutError::Measure { .. }));
}

#[test]
fn a_file_without_labels_is_refused() {
    let sheets = LabelSheets::new(Vec::new(), &LabelLayout::A4).expect("a sound layout");
    assert!(matches!(sheets.finish(), Err(LabelError::NoLabels)));
}
