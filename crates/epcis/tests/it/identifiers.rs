//! Identifiers: values from the tests of the hash algorithm's authors (RalphTro/epcis-event-hash-generator) and from GS1's EPC
//! Tag Data Standard 2.0.

use tallymark_epcis::identifier::{Key, Pattern, Reach, Serial, canonical, key};

#[test]
fn urns_have_the_links_that_the_reference_gives() {
    for (urn, wanted) in [
        ("urn:epc:id:sgtin:4012345.011111.98%22", "01/04012345111118/21/98%22"),
        ("urn:epc:id:sgtin:415056789012.0.987654", "01/04150567890128/21/987654"),
        ("urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()", "01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29"),
        ("urn:epc:id:sscc:4012345.3111111111", "00/340123451111111111"),
        ("urn:epc:id:sscc:4012345.0000000011", "00/040123450000000115"),
        ("urn:epc:id:sgln:4012345.00005.122", "414/4012345000054/254/122"),
        ("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054"),
        ("urn:epc:id:grai:4012345.00022.334455", "8003/04012345000221334455"),
        ("urn:epc:id:giai:4012345.ABC345", "8004/4012345ABC345"),
        ("urn:epc:id:gsrn:4012345.0000006765", "8018/401234500000067657"),
        ("urn:epc:id:gsrnp:4012345.0000000007", "8017/401234500000000074"),
        ("urn:epc:id:gdti:4012345.00009.PO-4711", "253/4012345000092PO-4711"),
        ("urn:epc:id:gdti:987659999999..9", "253/98765999999929"),
        ("urn:epc:id:cpi:0614141.11111111111111-A%23%2F.1234", "8010/061414111111111111111-A%23%2F/8011/1234"),
        ("urn:epc:id:ginc:0614141.xyz47%2F11", "401/0614141xyz47%2F11"),
        ("urn:epc:id:gsin:4012345.222333444", "402/40123452223334442"),
        ("urn:epc:id:itip:4012345.011111.01.02.987", "8006/040123451111180102/21/987"),
        ("urn:epc:id:upui:1234567.098765.51qIgY)%3C%26Jp3*j7SDB", "01/01234567987651/235/51qIgY%29%3C%26Jp3%2Aj7SDB"),
        ("urn:epc:id:pgln:999999999999.", "417/9999999999994"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "01/04012345123456/10/Lot987"),
        ("urn:epc:idpat:sgtin:4012345.012345.*", "01/04012345123456"),
        ("urn:epc:idpat:grai:4012345.99999.*", "8003/04012345999990"),
        ("urn:epc:idpat:gdti:4012345.11111.*", "253/4012345111118"),
        ("urn:epc:idpat:sgcn:4012345.22222.*", "255/4012345222227"),
        ("urn:epc:idpat:cpi:4012345.AB12.*", "8010/4012345AB12"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "8006/040123451234560102"),
    ] {
        assert_eq!(canonical(urn).as_deref(), Some(format!("https://id.gs1.org/{wanted}").as_str()), "{urn}");
    }
}

#[test]
fn links_on_any_domain_have_their_canonical_form() {
    for (link, wanted) in [
        ("https://example.com/gtin/09780345418913/21/765tz?abc=211121", "01/09780345418913/21/765tz"),
        ("http://example.de/gtin-8/01/97803111", "01/00000097803111"),
        ("http://us-company-with-UPC.com/01/001122334455/ser/GHB", "01/00001122334455/21/GHB"),
        ("https://id.gs1.org/gtin/9780345418913/cpv/344/lot/1223/ser/765tz", "01/09780345418913/21/765tz"),
        ("http://example.de/01/040123451234/cpv/344/lot/ABD", "01/00040123451234/10/ABD"),
        ("https://fashion-corp.com/8006/040123451234560102/10/Lot-123/21/ser987", "8006/040123451234560102/21/ser987"),
        ("https://gs1.test.example.org/01/9780345418913/10/1223", "01/09780345418913/10/1223"),
        ("https://example.co.uk/party/4226350800008", "417/4226350800008"),
        ("https://id.gs1.org/414/4280000000002/254/12", "414/4280000000002/254/12"),
        ("https://id.gs1.org/8010/0628165987/8011/9876", "8010/0628165987/8011/9876"),
        ("https://id.gs1.org/255/0811625999996554433", "255/0811625999996554433"),
    ] {
        assert_eq!(canonical(link).as_deref(), Some(format!("https://id.gs1.org/{wanted}").as_str()), "{link}");
    }
    for other in [
        "http://example.org/123/4012345ABC987/456/4711",
        "http://id.gs1.org/01/9780345418913/99/utfgf",
        "http://example.de/01/97803",
        "https://id.gs1.org/8006/04012345123456/22/ABCD/10/XYZ",
        "urn:epcglobal:cbv:bt:5200001000008:4711",
        "42",
    ] {
        assert_eq!(canonical(other), None, "{other}");
    }
}

#[test]
fn both_spellings_of_an_object_have_one_key() {
    let number = |class: &str, number| Key { class: class.to_owned(), serial: Serial::Number(number) };
    for (one, other, wanted) in [
        (
            "urn:epc:id:sgtin:4012345.011111.987",
            "https://shop.example/01/04012345111118/21/987",
            number("01/04012345111118", 987),
        ),
        (
            "urn:epc:id:sscc:4012345.3111111111",
            "http://id.gs1.org/00/340123451111111111",
            number("00", 34_012_345_111_111_111),
        ),
    ] {
        assert_eq!((key(one), key(other)), (wanted.clone(), wanted));
    }
    // A leading zero belongs to the serial: it is another one.
    assert_eq!(key("urn:epc:id:sgtin:4012345.011111.0987").serial, Serial::Text("0987".to_owned()));
    assert_eq!(
        key("https://example.com/asset/7"),
        Key { class: "https://example.com/asset/7".to_owned(), serial: Serial::None }
    );
}

#[test]
fn a_pattern_means_its_class_or_its_company_in_either_spelling() {
    let class = Pattern::read("urn:epc:idpat:sgtin:4012345.011111.*");
    assert_eq!(class.reach(), Reach::Class("01/04012345111118"));
    assert!(
        class.matches("urn:epc:id:sgtin:4012345.011111.987")
            && class.matches("https://a.example/01/04012345111118/21/x")
    );
    assert!(
        class.matches("urn:epc:idpat:sgtin:4012345.011111.*") && !class.matches("urn:epc:id:sgtin:4012345.011112.987")
    );
    let company = Pattern::read("urn:epc:idpat:sgtin:4012345.*.*");
    assert!(
        company.matches("urn:epc:id:sgtin:4012345.911112.1") && !company.matches("urn:epc:id:sgtin:4012346.011111.1")
    );
    assert!(!company.matches("urn:epc:id:sscc:4012345.3111111111"));
    let one = Pattern::read("https://shop.example/01/04012345111118/21/987");
    assert!(one.matches("urn:epc:id:sgtin:4012345.011111.987") && !one.matches("urn:epc:id:sgtin:4012345.011111.98"));
    for odd in ["urn:epc:idpat:sgtin:*", "urn:epc:idpat:sgtin:", "urn:epc:idpat:x:*.*", "urn:epc:idpat:sgtin:4.*", "*"]
    {
        Pattern::read(odd).matches(odd);
    }
}
