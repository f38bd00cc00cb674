//! Where GS1 keys lead: what is kept, and which of it answers.

use tallymark_base::id::LinkId;
use tallymark_base::{Fault as _, Kind, Timestamp, TypedId as _};
use tallymark_goods::links::{self, Kept};
use tallymark_goods::rules::link::LINKS_PER_ANCHOR_MAX;
use tallymark_goods::rules::resolve::{Choice, Wish, choice, default_of, preferences};
use tallymark_goods::{DefaultUse, Error, NewResolverLink, ResolverLink};
use tallymark_testkit::both_engines;

use crate::world::{MIGRATIONS, World};

const PRODUCT: &str = "/01/06901234567892";

fn new(anchor: &str, link_type: &str, target: &str, default_use: DefaultUse) -> NewResolverLink {
    NewResolverLink {
        anchor: anchor.into(),
        link_type: link_type.into(),
        target: target.into(),
        title: "青岚气泡水".into(),
        languages: Vec::new(),
        media_type: None,
        context: None,
        default_use,
    }
}

async fn create(world: &World, new: NewResolverLink) -> Result<Kept, Error> {
    let db = &world.db;
    let mut tx = db.store.write().await?;
    let kept = links::create(&mut tx, world.tenant, &db.ids, &*db.clock, new).await?;
    tx.commit().await?;
    Ok(kept)
}

async fn list(world: &World, about: Option<&str>) -> Vec<ResolverLink> {
    let mut tx = world.db.store.read().await.unwrap();
    links::list(&mut tx, world.tenant, about, None, 1_000).await.unwrap()
}

both_engines! { MIGRATIONS;
    async fn a_link_is_kept_in_one_spelling_changed_and_removed(db: TestDb) {
        let world = World::new(db).await;
        let whole = NewResolverLink {
            languages: vec!["zh-CN".into(), "en".into()],
            media_type: Some("text/html".into()),
            context: Some("CN".into()),
            ..new("https://q.example/01/6901234567892/10/L%2f1", "gs1:pip", "https://a.example/1", DefaultUse::ByRequest)
        };
        let made = create(&world, whole).await.unwrap().link;
        assert_eq!((made.anchor.as_str(), made.link_type.as_str()), ("/01/06901234567892/10/L%2F1", "https://ref.gs1.org/voc/pip"));
        assert_eq!(list(&world, None).await, std::slice::from_ref(&made));
        assert_eq!(list(&world, Some("/01/6901234567892/10/L%2F1")).await, std::slice::from_ref(&made));
        assert_eq!(list(&world, Some(PRODUCT)).await, []);

        let mut tx = world.db.store.write().await.unwrap();
        let other = new(PRODUCT, "gs1:instructions", "https://a.example/2", DefaultUse::No);
        let kept = links::replace(&mut tx, world.tenant, &*world.db.clock, made.id, other).await.unwrap();
        assert_eq!((kept.before.as_ref(), kept.link.created_at), (Some(&made), made.created_at));
        assert_eq!(links::found(&mut tx, world.tenant, made.id).await.unwrap(), kept.link);
        assert_eq!(links::remove(&mut tx, world.tenant, made.id).await.unwrap(), kept.link);
        let gone = links::found(&mut tx, world.tenant, made.id).await.unwrap_err();
        assert_eq!((gone.code(), gone.kind()), ("goods.link_not_found", Kind::NotFound));
    }

    async fn a_key_has_one_default_link_and_a_brand_sees_only_its_own(db: TestDb) {
        let mut world = World::new(db).await;
        let first = create(&world, new(PRODUCT, "gs1:pip", "https://a.example/1", DefaultUse::Default)).await.unwrap().link;
        let second = create(&world, new(PRODUCT, "gs1:pip", "https://a.example/2", DefaultUse::Default)).await.unwrap();
        let (was, is) = second.former.clone().unwrap();
        assert_eq!((was, is.default_use), (first.clone(), DefaultUse::No));
        let lot = create(&world, new("/01/06901234567892/10/A", "gs1:pip", "https://a.example/3", DefaultUse::Default)).await.unwrap();
        assert_eq!(lot.former, None, "another key has its own");
        let uses: Vec<_> = list(&world, Some(PRODUCT)).await.iter().map(|link| link.default_use).collect();
        assert_eq!(uses, [DefaultUse::No, DefaultUse::Default]);

        world.tenant = world.new_tenant("other.example").await;
        assert_eq!(list(&world, None).await, []);
        let mut tx = world.db.store.write().await.unwrap();
        assert!(matches!(links::remove(&mut tx, world.tenant, first.id).await, Err(Error::LinkNotFound { .. })));
        let anchors = [PRODUCT.to_owned()];
        assert_eq!(links::of_anchors(&mut tx, world.tenant, &anchors).await.unwrap(), []);
    }

    async fn a_key_has_a_hundred_links_at_most(db: TestDb) {
        let world = World::new(db).await;
        for number in 0..LINKS_PER_ANCHOR_MAX {
            let target = format!("https://a.example/{number}");
            create(&world, new(PRODUCT, "gs1:pip", &target, DefaultUse::No)).await.unwrap();
        }
        let full = create(&world, new(PRODUCT, "gs1:pip", "https://a.example/x", DefaultUse::No)).await.unwrap_err();
        assert_eq!((full.code(), full.kind()), ("goods.too_many_links", Kind::Conflict));
        create(&world, new("/01/06901234567892/10/A", "gs1:pip", "https://a.example/x", DefaultUse::No)).await.unwrap();
    }

    async fn a_wrong_link_is_told_what_is_wrong(db: TestDb) {
        let world = World::new(db).await;
        let good = || new(PRODUCT, "gs1:pip", "https://a.example/", DefaultUse::No);
        for (wrong, code) in [
            (NewResolverLink { anchor: "/01/06901234567893".into(), ..good() }, "goods.anchor"),
            (NewResolverLink { anchor: "/01/06901234567892?17=271231".into(), ..good() }, "goods.anchor"),
            (NewResolverLink { link_type: "pip".into(), ..good() }, "goods.link_type"),
            (NewResolverLink { link_type: "gs1:defaultLink".into(), ..good() }, "goods.link_type"),
            (NewResolverLink { target: "http://a.example/".into(), ..good() }, "goods.target"),
            (NewResolverLink { title: " ".into(), ..good() }, "goods.text"),
            (NewResolverLink { languages: vec!["zh_CN".into()], ..good() }, "goods.link_attribute"),
            (NewResolverLink { languages: vec!["zh".into(); 17], ..good() }, "goods.link_attribute"),
            (NewResolverLink { media_type: Some("html".into()), ..good() }, "goods.link_attribute"),
            (NewResolverLink { context: Some("a b".into()), ..good() }, "goods.link_attribute"),
        ] {
            let refused = create(&world, wrong.clone()).await.unwrap_err();
            assert_eq!((refused.code(), refused.kind()), (code, Kind::Invalid), "{wrong:?}");
        }
    }
}

/// A link by number: its id says in which order it was made.
fn link(id: i64, anchor: &str, term: &str) -> ResolverLink {
    ResolverLink {
        id: LinkId::from_raw(id),
        anchor: anchor.into(),
        link_type: format!("https://ref.gs1.org/voc/{term}"),
        target: format!("https://a.example/{id}"),
        title: "T".into(),
        languages: Vec::new(),
        media_type: None,
        context: None,
        default_use: DefaultUse::No,
        created_at: Timestamp(0),
        changed_at: Timestamp(0),
    }
}

fn in_language(link: ResolverLink, language: &str) -> ResolverLink {
    ResolverLink { languages: vec![language.into()], ..link }
}

fn wish(term: Option<&str>, languages: &str, media: &str) -> Wish {
    let link_type = term.map(|term| format!("https://ref.gs1.org/voc/{term}"));
    Wish { link_type, context: None, languages: preferences(languages), media: preferences(media) }
}

/// The ids of the links that a choice names.
fn ids(choice: Choice) -> Vec<i64> {
    match choice {
        Choice::One(link) => vec![link.id.raw()],
        Choice::Several(links) => links.iter().map(|link| link.id.raw()).collect(),
        Choice::None => Vec::new(),
    }
}

#[test]
fn the_closest_key_with_a_link_of_the_type_answers() {
    let anchors: Vec<String> = ["/01/G/10/L/21/S", "/01/G/21/S", "/01/G/10/L", "/01/G"].map(str::to_owned).into();
    let links = [link(1, "/01/G", "pip"), link(2, "/01/G/10/L", "pip"), link(3, "/01/G", "recallStatus")];
    assert_eq!(ids(choice(&links, &anchors, &wish(Some("pip"), "", ""))), [2]);
    assert_eq!(ids(choice(&links, &anchors, &wish(Some("recallStatus"), "", ""))), [3]);
    assert_eq!(ids(choice(&links, &anchors, &wish(Some("safetyInfo"), "", ""))), [] as [i64; 0]);
    // Without a type the default named closest; here none is, so the product information page of the product.
    assert_eq!(ids(choice(&links, &anchors, &wish(None, "", ""))), [1]);
    let named = [links[0].clone(), ResolverLink { default_use: DefaultUse::Default, ..links[2].clone() }];
    assert_eq!(ids(choice(&named, &anchors, &wish(None, "", ""))), [3]);
    assert_eq!(default_of(&[], &anchors), None);
}

#[test]
fn languages_media_and_context_tell_links_of_one_type_apart() {
    let anchors = ["/01/G".to_owned()];
    let links = [
        in_language(link(1, "/01/G", "pip"), "zh-CN"),
        in_language(link(2, "/01/G", "pip"), "en"),
        ResolverLink { media_type: Some("application/pdf".into()), ..in_language(link(3, "/01/G", "pip"), "en") },
        ResolverLink { context: Some("DE".into()), ..in_language(link(4, "/01/G", "pip"), "de") },
    ];
    let of = |languages: &str, media: &str| ids(choice(&links, &anchors, &wish(Some("pip"), languages, media)));
    assert_eq!(of("zh", ""), [1]);
    assert_eq!(of("zh-CN,en;q=0.8", ""), [1]);
    assert_eq!(of("fr,en-GB;q=0.8,zh;q=0.2", "text/html,*/*;q=0.1"), [2]);
    assert_eq!(of("en", "application/pdf"), [3]);
    assert_eq!(of("en;q=0,zh;q=0.1", ""), [1]);
    // Nothing tells these apart: whoever asks chooses.
    assert_eq!(of("", ""), [1, 2, 3]);
    assert_eq!(of("en", ""), [2, 3]);
    let in_germany = Wish { context: Some("de".into()), ..wish(Some("pip"), "en", "") };
    assert_eq!(ids(choice(&links, &anchors, &in_germany)), [4], "the context is asked for by name");
    // A default among them ends the choice.
    let mut links = links;
    links[0].default_use = DefaultUse::Default;
    assert_eq!(ids(choice(&links, &anchors, &wish(Some("pip"), "", ""))), [1]);
}

#[test]
fn defaults_by_request_come_before_the_default() {
    let anchors = ["/01/G".to_owned()];
    let by_request = |link: ResolverLink| ResolverLink { default_use: DefaultUse::ByRequest, ..link };
    let links = [
        ResolverLink { default_use: DefaultUse::Default, ..link(1, "/01/G", "pip") },
        by_request(in_language(link(2, "/01/G", "pip"), "de")),
        by_request(ResolverLink { context: Some("JP".into()), ..link(3, "/01/G", "pip") }),
    ];
    let of = |wish: &Wish| ids(choice(&links, &anchors, wish));
    assert_eq!(of(&wish(None, "de-AT,en;q=0.5", "")), [2]);
    assert_eq!(of(&wish(None, "fr", "")), [1]);
    assert_eq!(of(&wish(None, "", "")), [1]);
    assert_eq!(of(&Wish { context: Some("JP".into()), ..wish(None, "fr", "") }), [3]);
}
