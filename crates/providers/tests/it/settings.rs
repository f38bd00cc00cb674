//! What a tenant has set up.

use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_providers::{
    Error, MIGRATIONS, NewSetting, NewSms, NewWechat, ProviderKind, ProviderSetting, Secret, SettingError, SmsProtocol,
    find, list, remove, set,
};
use tallymark_testkit::both_engines;
use tallymark_testkit::db::{TestDb, start};

fn tenant(number: i64) -> TenantId {
    TenantId::from_raw((1 << 30) + number)
}

fn wechat(secret: Option<&str>) -> NewWechat {
    let secret = secret.map(|text| Secret::new(text).unwrap());
    NewWechat { app_id: "wx520c15f417810387".into(), secret, authorize_url: None, api_url: None }
}

fn sms() -> NewSms {
    NewSms {
        protocol: SmsProtocol::Gateway,
        url: Some("https://sms.example.com/".into()),
        key_id: "k1".into(),
        secret: Some(Secret::new("sms-secret").unwrap()),
        template: "SMS_1".into(),
        sign_name: None,
        price_fen: 5,
        budget_fen_per_day: 500,
        messages_per_day: 100,
    }
}

async fn save(db: &TestDb, key: &Key, new: NewSetting) -> Result<(), Error> {
    let mut tx = db.store.write().await.unwrap();
    set(&mut tx, tenant(1), key, &*db.entropy, new, start()).await?;
    tx.commit().await.unwrap();
    Ok(())
}

both_engines! { [MIGRATIONS];
    async fn a_setting_reads_back_under_its_tenants_key_alone(db: TestDb) {
        let key = Key::new([1; 32]);
        save(&db, &key, NewSetting::Wechat(wechat(Some("top-secret")))).await.unwrap();
        save(&db, &key, NewSetting::Sms(sms())).await.unwrap();
        let mut tx = db.store.read().await.unwrap();
        let (setting, secret) = find(&mut tx, tenant(1), &key, ProviderKind::Wechat).await.unwrap().unwrap();
        let ProviderSetting::Wechat(setting) = setting else { panic!("{setting:?}") };
        assert_eq!(setting.api_url, "https://api.weixin.qq.com");
        assert_eq!(secret, Secret::new("top-secret").unwrap());
        assert!(find(&mut tx, tenant(1), &Key::new([2; 32]), ProviderKind::Wechat).await.is_err());
        assert!(find(&mut tx, tenant(2), &key, ProviderKind::Wechat).await.unwrap().is_none());
        let listed = list(&mut tx, tenant(1)).await.unwrap();
        let shown = serde_json::to_string(&listed).unwrap();
        assert!(shown.contains("\"kind\":\"wechat\"") && shown.contains("\"kind\":\"sms\""), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
        for row in tx.query("SELECT sealed, settings FROM provider_setting", &[]).await.unwrap() {
            let stored = [row.bytes(0).unwrap(), row.text(1).unwrap().into_bytes()].concat();
            assert!(!stored.windows(6).any(|window| window == b"secret"));
        }
    }

    async fn a_change_without_a_secret_keeps_the_stored_one(db: TestDb) {
        let key = Key::new([1; 32]);
        let error = save(&db, &key, NewSetting::Wechat(wechat(None))).await.unwrap_err();
        assert!(matches!(error, Error::Setting(SettingError::SecretMissing)), "{error:?}");
        save(&db, &key, NewSetting::Wechat(wechat(Some("top-secret")))).await.unwrap();
        let moved = NewWechat { app_id: "wx-other".into(), ..wechat(None) };
        save(&db, &key, NewSetting::Wechat(moved)).await.unwrap();
        let mut tx = db.store.write().await.unwrap();
        let (setting, secret) = find(&mut tx, tenant(1), &key, ProviderKind::Wechat).await.unwrap().unwrap();
        assert!(matches!(setting, ProviderSetting::Wechat(setting) if setting.app_id == "wx-other"));
        assert_eq!(secret, Secret::new("top-secret").unwrap());
        assert!(remove(&mut tx, tenant(1), ProviderKind::Wechat).await.unwrap());
        assert!(!remove(&mut tx, tenant(1), ProviderKind::Wechat).await.unwrap());
    }

    async fn a_setting_that_could_not_work_is_refused(db: TestDb) {
        let key = Key::new([1; 32]);
        let wrong: [(NewSms, SettingError); 6] = [
            (NewSms { url: None, ..sms() }, SettingError::UrlMissing),
            (NewSms { key_id: "a b".into(), ..sms() }, SettingError::KeyId),
            (NewSms { template: "<x>".into(), ..sms() }, SettingError::Template),
            (NewSms { protocol: SmsProtocol::Aliyun, ..sms() }, SettingError::SignName),
            (NewSms { price_fen: 0, ..sms() }, SettingError::Price),
            (NewSms { budget_fen_per_day: 4, ..sms() }, SettingError::Budget),
        ];
        for (new, expected) in wrong {
            let error = save(&db, &key, NewSetting::Sms(new)).await.unwrap_err();
            assert!(matches!(error, Error::Setting(found) if found == expected), "{error:?}");
        }
        let plain = NewSms { url: Some("http://sms.example.com".into()), ..sms() };
        assert!(matches!(save(&db, &key, NewSetting::Sms(plain)).await, Err(Error::Address { .. })));
    }
}
