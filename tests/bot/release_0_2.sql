BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'advisor','m001_checks','2026-11-28 20:47:49.749567+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'advisor','m002_looks','2026-11-28 20:47:49.749841+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'advisor','m003_outbox','2026-11-28 20:47:49.750858+00:00');
CREATE TABLE answers (                -- a check's log, append-only
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    verb TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,              -- JSON; money and rates are strings
    text TEXT NOT NULL,
    ts TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (session, n)
) STRICT, WITHOUT ROWID;
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',0,'describe','','null','Our support tone','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',1,'answer','goal','"company_voice"','company voice','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',2,'answer','prompt_tried','true','yes','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',3,'answer','rag_tried','"not_needed"','not needed','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',4,'answer','failure_cause','"tone"','tone','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',5,'answer','measured_pass_rate','"0.82"','82 %','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',6,'answer','target_pass_rate','"0.9"','90 %','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',7,'answer','large_model_meets_target','true','yes','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',8,'answer','eval_pairs','1200','1,200','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',9,'answer','eval_overlaps_training','false','no','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',10,'answer','training_pairs','5000','5,000','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',11,'answer','labeled_pairs','0','0','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',12,'answer','usd_per_label','"1"','$1','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',13,'answer','training_usd','"500"','$500','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',14,'answer','upkeep_usd_per_month','"200"','$200','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',15,'answer','hosting_usd_per_month','"0"','$0','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',16,'answer','calls_per_year','1000000','1,000,000','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',17,'answer','usd_per_call_now','"0.03"','$0.03','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',18,'answer','usd_per_call_after','"0.001"','$0.001','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',19,'answer','pass_rate_without_tuning','"0.9"','90 %','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',20,'answer','retrain_pipeline','true','yes','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',21,'answer','retrain_budget','true','yes','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',22,'answer','retrain_owner','"R. Okafor"','R. Okafor','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('999ee16042403e9561f7007884cdd181',0,'describe','','null','Another idea','1795898870.754967','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('999ee16042403e9561f7007884cdd181',1,'answer','goal','"company_voice"','company_voice','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('999ee16042403e9561f7007884cdd181',2,'answer','prompt_tried','true','yes','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('999ee16042403e9561f7007884cdd181',3,'answer','rag_tried','"not_needed"','not_needed','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('999ee16042403e9561f7007884cdd181',4,'answer','failure_cause','"tone"','tone','','2026-11-28T20:47:50Z');
INSERT INTO "answers" VALUES('999ee16042403e9561f7007884cdd181',5,'answer','eval_pairs','1200','1.2k','1795898871.009647','2026-11-28T20:47:51Z');
CREATE TABLE calls (                  -- how often a model was asked, by UTC day
    day TEXT NOT NULL,
    team TEXT NOT NULL,
    person TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (day, team, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE feedback (               -- one word a person and version
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    person TEXT NOT NULL,
    good INTEGER NOT NULL,
    note TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (session, version, person)
) STRICT, WITHOUT ROWID;
INSERT INTO "feedback" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',23,'T0LOCAL:U0ADA',1,'','2026-11-28T20:47:50Z');
CREATE TABLE gaps (ended_at TEXT PRIMARY KEY, seconds INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE handovers (              -- a check offered to somebody, until they answer
    id TEXT PRIMARY KEY,
    team TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    offered_to TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE TABLE installations (          -- workspaces that asked us to stop
    enterprise TEXT NOT NULL,
    team TEXT PRIMARY KEY,
    stopped_at TEXT NOT NULL
) STRICT, WITHOUT ROWID
;
CREATE TABLE looks (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL) STRICT;
INSERT INTO "looks" VALUES(1,'2026-11-28T20:47:49Z');
CREATE TABLE outbox (                 -- what is still to be said to Slack
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    enterprise TEXT NOT NULL,
    team TEXT NOT NULL,
    lane TEXT NOT NULL,               -- a channel or person: said in order
    session TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    said TEXT NOT NULL,               -- JSON of bot.outbox.Saying
    at TEXT NOT NULL,
    due TEXT NOT NULL DEFAULT ''      -- not before; a reminder is a row that is not due yet
, person TEXT NOT NULL DEFAULT '', doubt INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "outbox" VALUES(9,'','T0LOCAL','U0ADA','8abecc4f5599ccac0fee3fe0cb6a10a4','{"method": "chat.postMessage", "args": {"text": "You asked me to remind you of \"Our support tone\", decided on 28 Nov 2026. Prices, volume, owner and eval size may have changed since; the rest is kept.", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "You asked me to remind you of \"Our support tone\", decided on 28 Nov 2026. Prices, volume, owner and eval size may have changed since; the rest is kept.", "verbatim": true}, "block_id": "0.0"}, {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Decide again"}, "action_id": "record:again", "value": "8abecc4f5599ccac0fee3fe0cb6a10a4", "style": "primary"}], "block_id": "0.1"}]}, "lane": "U0ADA", "session": "8abecc4f5599ccac0fee3fe0cb6a10a4", "card_ts": "", "below": false, "collapse": "", "to": "U0ADA", "person": "U0ADA", "enterprise": "", "team": "T0LOCAL", "key": "2664b541-9de0-4a67-a3fa-3b852869591d", "at": 1795898870.7264876, "due": "2026-12-28T20:47:50Z", "only_there": false, "on_result": {"form": 1, "user": "U0ADA", "name": "ada", "kind": "reminded", "check": "8abecc4f5599ccac0fee3fe0cb6a10a4", "when": "30"}}','2026-11-28T20:47:50Z','2026-12-28T20:47:50Z','U0ADA',0);
INSERT INTO "outbox" VALUES(22,'','T0LOCAL','U0ADA','999ee16042403e9561f7007884cdd181','{"method": "card", "args": {"text": "Read \"1.2k\" as 1,200 eval pairs. Gate 1 of 4. What share of that eval set passes today, with your best prompt and retrieval, on the model you would tune, before tuning? For example: 82\u00a0%, or 410 of 500", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Read \"1.2k\" as *1,200* eval pairs.", "verbatim": true}, "block_id": "999ee16042403e9561f7007884cdd181-6-7cd6e0.0"}, {"type": "header", "text": {"type": "plain_text", "text": "Gate 1 of 4: prompt and retrieval"}, "block_id": "999ee16042403e9561f7007884cdd181-6-7cd6e0.1"}, {"type": "section", "text": {"type": "mrkdwn", "text": "*What share of that eval set passes today, with your best prompt and retrieval, on the model you would tune, before tuning?*\nType it, for example 82\u00a0%, or 410 of 500.", "verbatim": true}, "block_id": "999ee16042403e9561f7007884cdd181-6-7cd6e0.2"}, {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "I don''t know"}, "action_id": "answer:measured_pass_rate:unknown"}, {"type": "button", "text": {"type": "plain_text", "text": "Back"}, "action_id": "session:back", "accessibility_label": "Back to the previous question"}, {"type": "button", "text": {"type": "plain_text", "text": "Why we ask"}, "action_id": "session:why"}, {"type": "button", "text": {"type": "plain_text", "text": "Review answers"}, "action_id": "session:review"}, {"type": "button", "text": {"type": "plain_text", "text": "Help"}, "action_id": "session:help"}], "block_id": "999ee16042403e9561f7007884cdd181-6-7cd6e0.3"}, {"type": "context", "elements": [{"type": "mrkdwn", "text": "Press or type \u00b7 question 6, at most 26 \u00b7 *back*, *skip*, *why*, *help*", "verbatim": true}], "block_id": "999ee16042403e9561f7007884cdd181-6-7cd6e0.4"}], "channel": "D0ADA", "thread_ts": "1795898870.754967"}, "lane": "U0ADA", "session": "999ee16042403e9561f7007884cdd181", "card_ts": "1795898870.760245", "below": true, "collapse": "eval pairs: *1,200*", "to": "", "person": "U0ADA", "enterprise": "", "team": "T0LOCAL", "key": "e10e6986-68d5-4494-97b4-165a70ced23b", "at": 1795898871.0132089, "due": "", "only_there": false, "on_result": null}','2026-11-28T20:47:51Z','','U0ADA',0);
INSERT INTO "outbox" VALUES(23,'','T0LOCAL','home:U0ADA',NULL,'{"method": "", "args": {}, "lane": "home:U0ADA", "session": "", "card_ts": "", "below": false, "collapse": "", "to": "", "person": "U0ADA", "enterprise": "", "team": "T0LOCAL", "key": "22446821-55c7-422e-8996-c2fde32fe725", "at": 1795898871.0133028, "due": "2026-11-28T20:47:52Z", "only_there": false, "on_result": {"form": 1, "user": "", "name": "", "kind": "home_due", "person": "U0ADA"}}','2026-11-28T20:47:51Z','2026-11-28T20:47:52Z','U0ADA',0);
CREATE TABLE people (                 -- who has opened Home, and what they set
    enterprise TEXT NOT NULL,
    team TEXT NOT NULL,
    person TEXT NOT NULL,
    page INTEGER NOT NULL DEFAULT 0,
    hash TEXT NOT NULL DEFAULT '',    -- of the tab as Slack has it
    reminders INTEGER NOT NULL DEFAULT 1,
    wording INTEGER NOT NULL DEFAULT 1,  -- whether a model may word things for them
    at TEXT NOT NULL,
    PRIMARY KEY (team, person)
) STRICT, WITHOUT ROWID;
INSERT INTO "people" VALUES('','T0LOCAL','U0ADA',0,'0255275900.c81caa12',1,1,'2026-11-28T20:47:50Z');
CREATE TABLE pulse (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL) STRICT;
CREATE TABLE reports (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,         -- of the log it was computed from
    rules_version TEXT NOT NULL,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL,               -- JSON
    at TEXT NOT NULL,
    PRIMARY KEY (session, version)
) STRICT, WITHOUT ROWID;
INSERT INTO "reports" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4',23,'2.0','run_poc','{"answers":{"goal":"company_voice","prompt_tried":true,"tool_use_tried":null,"rag_tried":"not_needed","failure_cause":"tone","measured_pass_rate":"0.82","target_pass_rate":"0.9","large_model_meets_target":true,"prompt_pass_rate":null,"eval_pairs":1200,"eval_overlaps_training":false,"training_pairs":5000,"labeled_pairs":0,"label_budget":null,"usd_per_label":"1","training_usd":"500","upkeep_usd_per_month":"200","hosting_usd_per_month":"0","calls_per_year":1000000,"usd_per_call_now":"0.03","usd_per_call_after":"0.001","pass_rate_without_tuning":"0.9","usd_per_failure":null,"other_savings_usd_per_year":null,"retrain_pipeline":true,"retrain_budget":true,"retrain_owner":"R. Okafor","poc_run":null,"poc_training_examples":null,"poc_baseline_pass_rate":null,"poc_tuned_pass_rate":null,"poc_eval_items":null,"poc_gained":null,"poc_lost":null,"quality_parity":null,"labelers":null,"label_guidelines":null,"agreement_checked":null,"domain_metric":null,"safety_regression_checked":null,"checkpoints_versioned":null,"base_choice_documented":null,"base_kind":null,"synthetic_share":null,"label_noise":null},"verdict":{"kind":"run_poc","hold":false,"blocked_at":null,"open_gates":[],"method":"sft"},"gates":[{"number":1,"id":"prompt_rag_exhausted","status":"passed","reason":"ceiling_cost","threshold":"0.9","values":{"goal":"company_voice","prompt_tried":true,"rag_tried":"not_needed","failure_cause":"tone","eval_pairs":1200,"measured_pass_rate":"0.82","target_pass_rate":"0.9","large_model_meets_target":true},"missing":[],"lacking":[],"cautions":[],"cite":"§2 ②"},{"number":2,"id":"eval_set","status":"passed","reason":"enough_pairs","threshold":1000,"values":{"eval_pairs":1200,"eval_overlaps_training":false},"missing":[],"lacking":[],"cautions":[],"cite":"§1 ②"},{"number":3,"id":"roi","status":"passed","reason":"pays","threshold":1,"values":{"calls_per_year":1000000,"usd_per_call_now":"0.03","usd_per_call_after":"0.001","training_pairs":5000,"usd_per_label":"1","training_usd":"500","upkeep_usd_per_month":"200","labeled_pairs":0,"hosting_usd_per_month":"0","failure_cause":"tone","large_model_meets_target":true,"pass_rate_without_tuning":"0.9","target_pass_rate":"0.9"},"missing":[],"lacking":[],"cautions":["parity_unproven"],"cite":"§1 ③, §5","usd_per_failure_needed":null,"known_costs_usd":null,"known_savings_usd":null},{"number":4,"id":"retraining","status":"passed","reason":"staffed","threshold":3,"values":{"retrain_pipeline":true,"retrain_budget":true,"retrain_owner":"R. Okafor"},"missing":[],"lacking":[],"cautions":[],"cite":"§1 ④"}],"roi":{"cost_usd":"7900","savings_usd":"29000","ratio":"3.670886075949367088607594937","net_usd":"21100","net_roi":"2.670886075949367088607594937","band":"safe","break_even_calls":272414,"safe_calls":408621,"payback_months":"2.481203007518796992481203008","hosting_headroom_usd_per_month":"1758.333333333333333333333333","counted_as_zero":["usd_per_failure","other_savings_usd_per_year"],"lines":{"labelling_usd":"5000","training_usd":"500","upkeep_usd":"2400","hosting_usd":"0","api_savings_usd":"29000","fewer_failures_usd":"0","other_savings_usd":"0"}},"poc":null,"approach":{"goal":"company_voice","first_try":["prompt"],"then":["sft"]},"checklist":{"literal":4,"of":10,"label":"not_yet","items":[{"id":"q1","answer":"yes"},{"id":"q2","answer":"no"},{"id":"q3","answer":"no"},{"id":"q4","answer":"yes"},{"id":"q5","answer":"no"},{"id":"q6","answer":"no"},{"id":"q7","answer":"yes"},{"id":"q8","answer":"no"},{"id":"q9","answer":"yes"},{"id":"q10","answer":"unknown"}],"warnings":["q10_pending","q3_not_needed"]},"data_plan":{"task":"tone_style","minimum":1000,"recommended":5000,"good":20000,"planned":5000,"standing":"recommended","labelling_days":100,"usd_low":5000,"usd_high":25000},"pitfalls":{"triggered":[],"unchecked":["underestimating_labels","base_model","loss_only","one_labeler","all_synthetic","noisy_labels"]},"operations":[{"id":"gates_documented","status":"done"},{"id":"eval_before_labels","status":"done"},{"id":"poc_signal","status":"unknown"},{"id":"roi_positive","status":"done"},{"id":"no_overlap","status":"done"},{"id":"labelling_quality","status":"unknown"},{"id":"retraining_staffed","status":"done"},{"id":"base_choice","status":"unknown"},{"id":"post_training_checks","status":"unknown"},{"id":"checkpoints","status":"unknown"}],"next_steps":[{"id":"take_poc_examples","gate":"poc","cite":"§5","values":{"poc_examples_min":100,"poc_examples_max":500,"labeled_pairs":0}},{"id":"train_poc","gate":"poc","cite":"§5","values":{"lora_rank":8,"method":"sft"}},{"id":"judge_poc","gate":"poc","cite":"§5","values":{"measured_pass_rate":"0.82","poc_pass_rate_wanted":"0.87","poc_points":"5","eval_pairs":1200,"ship_pass_rate":"0.9"}}],"rules_version":"2.0"}','2026-11-28T20:47:50Z');
CREATE TABLE seen (                   -- deliveries already handled; kept for a day
    key TEXT PRIMARY KEY,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "seen" VALUES('T0LOCAL:657339873691.0740867722.930d224acf201709d9b655cc6c054caa','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:Ev046FB297AFF','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:1795898870.688388:report:share','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:1795898870.722612:report:remind','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:1795898870.738708:feedback:up','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:1795898870.762326:answer:goal:pick','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:1795898870.771559:answer:prompt_tried:yes','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:1795898870.778812:answer:rag_tried:not_needed','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:1795898870.787210:answer:failure_cause:pick','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:D0ADA:1795898870.754967:695599921','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:U0ADA:D0ADA:1795898871.009647:1813038995','2026-11-28T20:47:51Z');
INSERT INTO "seen" VALUES('T0LOCAL:view:V04228253618','2026-11-28T20:47:50Z');
INSERT INTO "seen" VALUES('T0LOCAL:view:V05F584A7683','2026-11-28T20:47:50Z');
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,              -- 128 random bits
    enterprise TEXT NOT NULL,         -- "" outside Enterprise Grid
    team TEXT NOT NULL,
    owner TEXT NOT NULL,
    channel TEXT NOT NULL,            -- where its card is; "" until the DM of a check we open is known
    thread_ts TEXT NOT NULL,          -- likewise
    card_ts TEXT NOT NULL,            -- the live card, "" before it is posted
    heard_ts TEXT NOT NULL,           -- the owner's latest message in the thread
    origin_channel TEXT NOT NULL DEFAULT '',  -- the channel and thread of the mention it came from
    origin_thread TEXT NOT NULL DEFAULT '',
    drawn TEXT NOT NULL DEFAULT '',   -- what its card lets one read (bot/check/live_card.py)
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
INSERT INTO "sessions" VALUES('8abecc4f5599ccac0fee3fe0cb6a10a4','','T0LOCAL','U0ADA','D0ADA','1795898870.682687','1795898870.682687','','','','report 794931993 False','2026-11-28T20:47:50Z','2026-11-28T20:47:50Z');
INSERT INTO "sessions" VALUES('999ee16042403e9561f7007884cdd181','','T0LOCAL','U0ADA','D0ADA','1795898870.754967','1795898870.760245','1795898871.009647','','','question 18058040 False','2026-11-28T20:47:50Z','2026-11-28T20:47:51Z');
CREATE TABLE shares (                 -- a decision posted into a channel
    id TEXT PRIMARY KEY,              -- 128 random bits, the record's own
    enterprise TEXT NOT NULL,
    team TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,         -- of the report it shows
    replaced INTEGER NOT NULL DEFAULT 0,  -- the version it showed before, 0 for none: "what changed" is against it
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    link TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL,              -- as it stands there; the check may be called otherwise
    private INTEGER NOT NULL,         -- posted where only members read: not listed to others
    costs INTEGER NOT NULL,
    note TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    answered_by TEXT NOT NULL,        -- who owned it when this version was posted
    posted_at TEXT NOT NULL,
    updated_at TEXT NOT NULL          -- "" until it was revised
, looked_at TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "shares" VALUES('d11918e01876b3790b55c397ca513d86','','T0LOCAL','8abecc4f5599ccac0fee3fe0cb6a10a4',23,0,'C0GENERAL','1795898870.708324','http://127.0.0.1:37143/#C0GENERAL/1795898870.708324','Our support tone',0,1,'','ada','ada','2026-11-28T20:47:50Z','','');
CREATE TABLE threads (                -- every thread a check has been in leads to it
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    thread_ts TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (team, channel, thread_ts)
) STRICT, WITHOUT ROWID;
INSERT INTO "threads" VALUES('T0LOCAL','D0ADA','1795898870.682687','8abecc4f5599ccac0fee3fe0cb6a10a4');
INSERT INTO "threads" VALUES('T0LOCAL','D0ADA','1795898870.754967','999ee16042403e9561f7007884cdd181');
CREATE TABLE wordings (               -- a report's reasons as a model put them; no fact is taken from here
    session TEXT NOT NULL,
    version INTEGER NOT NULL,         -- of the report
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,             -- the version of what it was told
    asked INTEGER NOT NULL,
    kept INTEGER NOT NULL,            -- sentences that passed; ours stand for the others
    sentences TEXT NOT NULL,          -- JSON, reason -> sentence with its placeholders still open
    PRIMARY KEY (session, version),
    FOREIGN KEY (session, version) REFERENCES reports (session, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX sessions_by_owner ON sessions (team, owner, changed_at);
CREATE INDEX shares_by_team ON shares (team, posted_at);
CREATE INDEX threads_by_session ON threads (session);
CREATE INDEX outbox_by_session ON outbox (session);
CREATE INDEX shares_by_session ON shares (session);
CREATE INDEX handovers_by_session ON handovers (session);
CREATE INDEX sessions_by_change ON sessions (changed_at);
COMMIT;
