//! Printing codes.

use std::io::Write;

use tallymark_codes::{DigitalLink, Face, Gtin, Host, LabelLayout, Level, Link};
use tallymark_goods::print::{Form, Selection, labels_pdf, lines};
use tallymark_goods::{Error, Serials};
use tallymark_testkit::both_engines;

use crate::world::{GTIN, MIGRATIONS, World};

/// Takes `room` bytes and no more, in writes of which it keeps the largest.
struct Printer {
    room: usize,
    largest: usize,
    last: u8,
}

impl Write for Printer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.room = self.room.checked_sub(bytes.len()).ok_or_else(|| std::io::Error::other("out of paper"))?;
        self.largest = self.largest.max(bytes.len());
        self.last = bytes[bytes.len() - 1];
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

both_engines! { MIGRATIONS;
    async fn every_line_is_the_code_of_the_next_serial(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(5_000, 12, 3)).await.unwrap().id;
        let catalog = world.catalog().await;
        let host = Host::parse("q.example.com").unwrap();
        for (level, face, serials, expected) in [
            (Level::Item, Face::Inner, None, 0..=4_999),
            (Level::Item, Face::Outer, Some(Serials::new(2_040, 4_100)), 2_040..=4_100),
            (Level::Case, Face::Outer, None, 0..=416),
            (Level::Pallet, Face::Outer, Some(Serials::new(7, 7)), 7..=7),
        ] {
            let selection = Selection { batch, level, face, serials };
            for form in [Form::Code, Form::Link(host.clone()), Form::DigitalLink(host.clone())] {
                let mut text = Vec::new();
                lines(&catalog, &selection, &form, &mut text).unwrap();
                let text = String::from_utf8(text).unwrap();
                assert!(text.ends_with('\n'));
                let mut serials = expected.clone();
                for line in text.lines() {
                    let code = match &form {
                        Form::Code => line.parse().unwrap(),
                        Form::Link(_) => match Link::parse(line) {
                            Ok(Link::Code(code)) => code,
                            other => panic!("{other:?}"),
                        },
                        Form::DigitalLink(_) => match Link::parse(line) {
                            Ok(Link::Digital(link @ DigitalLink { .. })) => {
                                assert_eq!(link.gtin, GTIN.parse::<Gtin>().unwrap());
                                link.code().unwrap()
                            }
                            other => panic!("{other:?}"),
                        },
                    };
                    let found = catalog.read(code.as_str()).unwrap();
                    assert_eq!((found.level, found.face, Some(found.serial)), (level, face, serials.next()));
                }
                assert_eq!(serials.next(), None);
            }
        }
    }

    async fn printing_holds_a_piece_at_a_time_and_stops_when_the_paper_does(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(60_000, 12, 3)).await.unwrap().id;
        let catalog = world.catalog().await;
        let selection = Selection { batch, level: Level::Item, face: Face::Outer, serials: None };
        // 60,000 lines of 16 characters and a line feed.
        let mut printer = Printer { room: 60_000 * 17, largest: 0, last: 0 };
        lines(&catalog, &selection, &Form::Code, &mut printer).unwrap();
        assert_eq!((printer.room, printer.last), (0, b'\n'));
        assert!(printer.largest <= 64 * 1024, "{}", printer.largest);
        let mut printer = Printer { room: 100_000, largest: 0, last: 0 };
        assert!(matches!(lines(&catalog, &selection, &Form::Code, &mut printer), Err(Error::Write(_))));
    }

    async fn labels_are_a_pdf_file(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 12, 3)).await.unwrap().id;
        let huge = world.create(world.order(2_000_001, 0, 0)).await.unwrap().id;
        let catalog = world.catalog().await;
        let form = Form::Link(Host::parse("q.example.com").unwrap());
        let cases = Selection { batch, level: Level::Case, face: Face::Outer, serials: None };
        let pdf = labels_pdf(&catalog, &cases, &form, &LabelLayout::A4, Vec::new()).unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF"));
        let too_many = Selection { batch: huge, level: Level::Item, ..cases };
        assert!(matches!(
            labels_pdf(&catalog, &too_many, &form, &LabelLayout::A4, Vec::new()),
            Err(Error::Label(tallymark_codes::LabelError::FileFull))
        ));
    }

    async fn a_selection_without_codes_is_refused(db: TestDb) {
        let world = World::new(db).await;
        let batch = world.create(world.order(100, 12, 0)).await.unwrap().id;
        let catalog = world.catalog().await;
        let items = Selection { batch, level: Level::Item, face: Face::Outer, serials: None };
        for (selection, code) in [
            (Selection { level: Level::Pallet, ..items }, "goods.no_such_serials"),
            (Selection { level: Level::Box, ..items }, "goods.no_such_serials"),
            (Selection { serials: Some(Serials::new(0, 100)), ..items }, "goods.no_such_serials"),
            (Selection { serials: Some(Serials::new(9, 8)), ..items }, "goods.no_such_serials"),
            (Selection { level: Level::Case, face: Face::Inner, ..items }, "goods.no_such_face"),
        ] {
            let mut out = Vec::new();
            let refused = lines(&catalog, &selection, &Form::Code, &mut out).unwrap_err();
            assert_eq!(tallymark_base::Fault::code(&refused), code, "{selection:?}");
            assert!(out.is_empty());
        }
    }
}
