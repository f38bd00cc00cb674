//! What the tests share: a brand, files, and what is known of people afterwards.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest as _, Sha256};
use tallymark_base::TypedId as _;
use tallymark_base::actor::Act;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_imports::{Begun, Error, File, FileMapping, Kind, Run, begin, carry_out};
use tallymark_partners::{NewTenant, rotation, tenant};
use tallymark_people::rotation::piece;
use tallymark_people::{Identifier, IdentifierKind, PeopleKeys, Person, find, profile};
use tallymark_store::{Context, Migrations};
use tallymark_tables::Source;
use tallymark_testkit::db::TestDb;

/// The tables that imports write.
pub(crate) const MIGRATIONS: [Migrations; 5] = [
    tallymark_partners::MIGRATIONS,
    tallymark_ledger::MIGRATIONS,
    tallymark_people::MIGRATIONS,
    tallymark_orders::MIGRATIONS,
    tallymark_imports::MIGRATIONS,
];

pub(crate) struct World {
    pub(crate) context: Context,
    pub(crate) tenant: TenantId,
    pub(crate) keys: PeopleKeys,
}

impl World {
    pub(crate) async fn new(db: &TestDb) -> Self {
        let context = db.context();
        let new = NewTenant { name: "青岚".to_owned(), hosts: Vec::new(), zone: "Asia/Shanghai".to_owned() };
        let mut tx = context.store.write().await.unwrap();
        let Context { master, entropy, ids, clock, .. } = &context;
        let owner = tenant::create(&mut tx, master, &**entropy, ids, &**clock, new).await.unwrap();
        tx.commit().await.unwrap();
        Self { tenant: owner.id, keys: PeopleKeys::new(&owner), context }
    }

    pub(crate) fn act(&self) -> Act {
        Act::of_operator(self.tenant)
    }

    pub(crate) async fn begin(&self, text: &str, mapping: &FileMapping, again: bool) -> Result<Begun, Error> {
        let sha256 = Sha256::digest(text.as_bytes()).into();
        let file = File {
            name: "folder/members.csv",
            sha256,
            sheet: None,
            mapping,
            source: "crm",
            within: None,
            uploaded: None,
        };
        let mut tx = self.context.store.write().await?;
        let begun = begin(&mut tx, &self.context, self.act(), file, again).await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// Carries a run out, until `batches` were taken.
    pub(crate) async fn carry(&self, run: &Run, text: &str, batches: usize) -> Result<Run, Error> {
        let source = Source::Bytes(text.as_bytes().to_vec().into());
        let taken = AtomicUsize::new(0);
        let stop = || taken.load(Ordering::SeqCst) >= batches;
        let mut tell = |_| {
            taken.fetch_add(1, Ordering::SeqCst);
        };
        carry_out(&self.context, self.tenant, run.id, &source, &mut tell, &stop).await
    }

    /// Imports a file from beginning to end.
    pub(crate) async fn import(&self, text: &str, mapping: &FileMapping) -> Run {
        let begun = self.begin(text, mapping, false).await.unwrap();
        self.carry(begun.run(), text, usize::MAX).await.unwrap()
    }

    pub(crate) async fn rejects(&self, run: &Run) -> Vec<(u64, String, String)> {
        let mut tx = self.context.store.read().await.unwrap();
        let rejects = tallymark_imports::rejects(&mut tx, self.tenant, run.id).await.unwrap();
        rejects.into_iter().map(|one| (one.line, one.column.unwrap_or_default(), one.code)).collect()
    }

    pub(crate) async fn person(&self, kind: IdentifierKind, value: &str) -> Option<Person> {
        let identifier = Identifier::parse(kind, value).unwrap();
        find(&mut self.context.store.read().await.unwrap(), self.tenant, &self.keys, &identifier).await.unwrap()
    }

    /// The fields of whoever has this phone number, each as `name=value`.
    pub(crate) async fn known(&self, phone: &str) -> Vec<String> {
        let person = self.person(IdentifierKind::Phone, phone).await.expect("somebody");
        let mut tx = self.context.store.read().await.unwrap();
        let fields = profile::of(&mut tx, self.tenant, &self.keys, &person.accounts, &[]).await.unwrap();
        fields.into_iter().map(|field| format!("{}={}", field.field, field.said.value)).collect()
    }

    /// Changes the keys of people, and puts everybody under the new ones.
    pub(crate) async fn rotate(&self) {
        let Context { store, master, ids, clock, entropy, .. } = &self.context;
        let mut tx = store.write().await.unwrap();
        let made = rotation::begin(&mut tx, master, &**entropy, self.tenant, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut after = Some(AccountId::from_raw(0));
        while let Some(from) = after {
            let mut tx = store.write().await.unwrap();
            let owner = tenant::find(&mut tx, master, self.tenant).await.unwrap().unwrap();
            let keys = PeopleKeys::new(&owner);
            let done = piece(&mut tx, self.tenant, &keys, from, ids, &**clock, &**entropy).await.unwrap();
            if done.last.is_none() {
                rotation::complete(&mut tx, self.tenant, made.generation, clock.now()).await.unwrap();
            }
            tx.commit().await.unwrap();
            after = done.last;
        }
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.context.store.read().await.unwrap();
        tx.query_one(sql, &[]).await.unwrap().unwrap().int(0).unwrap()
    }

    /// What there is of people, whatever their ids are.
    pub(crate) async fn totals(&self) -> [i64; 5] {
        [
            self.count("SELECT COUNT(*) FROM source_account").await,
            self.count("SELECT COUNT(DISTINCT person_id) FROM source_account").await,
            self.count("SELECT COUNT(*) FROM profile_value").await,
            self.count("SELECT COUNT(*) FROM consent_fact").await,
            self.count("SELECT COUNT(*) FROM import_reject").await,
        ]
    }
}

pub(crate) fn mapping(json: &str) -> FileMapping {
    FileMapping::parse(Kind::Members, json.as_bytes()).unwrap()
}

/// Phone, card, name, birthday, a consent for short messages, and the time of joining.
pub(crate) fn members() -> FileMapping {
    mapping(
        r#"{
            "identifiers": [{"column": "卡号", "kind": "card"}, {"column": "手机号", "kind": "phone"}],
            "profile": [{"column": "姓名", "field": "name"}, {"column": "生日", "field": "birthday"}],
            "consents": [{"column": "短信", "purpose": "marketing", "channel": "sms", "yes": ["是"], "no": ["否"],
                          "identifier": "phone"}],
            "time": {"column": "注册时间"}
        }"#,
    )
}

/// A file of so many members, of whom the first and the second halves share some cards, with every 50th row bad in one way
/// or another.
pub(crate) fn file(rows: u64) -> String {
    let mut text = "卡号,手机号,姓名,生日,短信,注册时间\n".to_owned();
    for row in 0..rows {
        let birthday = if row % 50 == 7 { "tomorrow" } else { "1990-05-12" };
        let phone = if row % 50 == 13 { "12" } else { &phone_of(row) };
        let card = if row % 50 == 13 { String::new() } else { format!("VIP{:06}", row % (rows - rows / 10)) };
        let day = row % 28 + 1;
        text.push_str(&format!(
            "{card},{phone},张{row},{birthday},{},2024/1/{day}\n",
            if row % 3 == 0 { "是" } else { "否" }
        ));
    }
    text
}

/// The phone number of a row of [`file`].
pub(crate) fn phone_of(row: u64) -> String {
    format!("1371{:07}", 2_450_917 + row)
}

pub(crate) fn written(name: &str) -> Source {
    Source::File(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tables/tests/data").join(name))
}
