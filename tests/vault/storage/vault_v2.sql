-- A sealed vault as version 2 wrote it (passphrase hunter2), tables in the order of their keys.
CREATE TABLE vault_meta (
    "key" VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    PRIMARY KEY ("key")
);
INSERT INTO "vault_meta" VALUES('schema_version','2');
INSERT INTO "vault_meta" VALUES('vault_id','eef5cfc3f45d6c7efca810828ed6d951');
INSERT INTO "vault_meta" VALUES('created','2026-11-28T04:04:53Z');
INSERT INTO "vault_meta" VALUES('sealing','{"method":"scrypt+chacha20-poly1305","n":16,"p":1,"r":8,"salt":"47606d53b9424b82a5633ca0ba952eaf","wrapped":"d44509ac16d7049374f5b66d2f0eadd4fae667526bfb5699f01398c630274f383053b7afb59f19eb124aefc79d4cd0dbb5bbd12483ec840b5fc0f882"}');
CREATE TABLE vault_isotopes (
    name VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    family_version INTEGER NOT NULL,
    options JSON NOT NULL,
    alpha FLOAT NOT NULL,
    label VARCHAR,
    decoys INTEGER NOT NULL,
    "plan" JSON NOT NULL,
    created VARCHAR NOT NULL,
    beacon_source VARCHAR,
    beacon VARCHAR,
    commitment VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    secret BLOB NOT NULL,
    PRIMARY KEY (name),
    UNIQUE (commitment)
);
INSERT INTO "vault_isotopes" VALUES('holiday','dead_leaves',1,'{}',0.375,'tabby',199,'{"label_search": true, "level": 0.01, "method": "rank", "statistic": "mean-gain"}','2026-11-28T04:04:53Z',NULL,NULL,'sha256:5c1452eda69cd32b4090229828d8a1e8601faff20c1375bda3ee2147bc0ce2d7','',X'18427CBDA8E6D227204EC9977A59DE2A812A79ACF88E76938E18227A10B5B6DD154486B88057301A3AABF61FCEC1A58733DBD41C08A4B53AC8F0B6B067B1D45F1C14A29AA4FD4370962F79B21E0218F8AAD44CD6C33DEDFF9E322F86');
INSERT INTO "vault_isotopes" VALUES('ann','dead_leaves',1,'{}',0.375,NULL,199,'{"label_search": true, "level": 0.01, "method": "rank", "statistic": "mean-gain"}','2026-11-28T04:04:53Z',NULL,NULL,'sha256:b0019fee84cc1543722a3b2994c10a691c0ed7d6e360a7c007c0e6a7dfded75e','',X'8E3F79763C5C26E88B018F8F23DD31EEE4D1A515F59AD10B91628D11B8C1FFF85E316251AE85A8DC4B775728977511C52EBD5DF0453CF072AA57D7CB01C1C62C802EDD60450683EA0C7A5E946132400A611D62BFF530311FBE00D091');
CREATE TABLE vault_files (
    isotope VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    sha256_before VARCHAR NOT NULL,
    sha256_after VARCHAR NOT NULL,
    marked BOOLEAN NOT NULL,
    pixels VARCHAR NOT NULL,
    likeness VARCHAR NOT NULL,
    added VARCHAR NOT NULL,
    PRIMARY KEY (isotope, name, sha256_before, sha256_after),
    FOREIGN KEY(isotope) REFERENCES vault_isotopes (name) ON UPDATE CASCADE
);
INSERT INTO "vault_files" VALUES('holiday','a.jpg','sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',TRUE,'sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','0a0b','2026-11-27T10:00:00Z');
INSERT INTO "vault_files" VALUES('holiday','b.jpg','sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',FALSE,'','','');
CREATE TABLE vault_stamps (
    digest VARCHAR NOT NULL,
    token BLOB NOT NULL,
    authority VARCHAR NOT NULL,
    PRIMARY KEY (digest, token)
);
INSERT INTO "vault_stamps" VALUES('sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',X'00746F6B656E','https://stamps.example');
