use super::*;

fn faults() -> Faults {
    Faults::new(Names {
        functions: vec!["login".to_owned()],
        tables: vec!["Accounts".to_owned(), "Members".to_owned()],
        actions: crate::dynamodb::KNOWN,
    })
}

#[test]
fn a_fault_that_can_never_strike_is_refused_with_what_it_names() {
    let new = || Fault::new(FaultKind::Throttle);
    let pair = || new().then(FaultKind::TransactionInProgress);
    for (fault, expected) in [
        (
            new().function("logn"),
            "there is no function logn, only login",
        ),
        (
            new().table("Acounts"),
            "there is no table Acounts, only Accounts, Members",
        ),
        (new().action("GetItems"), "answers no action `GetItems`"),
        (
            new().service(Service::Ses).action("GetItem"),
            "the action `GetItem` is none of ses",
        ),
        (
            new().service(Service::Ses).table("Accounts"),
            "touches no table",
        ),
        (new().times(0), "at least once"),
        (
            Fault::new(FaultKind::Unprocessed).action("GetItem"),
            "\"unprocessed\" never strikes GetItem",
        ),
        (
            Fault::new(FaultKind::MessageRejected).service(Service::Dynamodb),
            "\"messageRejected\" never strikes dynamodb",
        ),
        (
            Fault::new(FaultKind::Stale).action("PutItem"),
            "\"stale\" never strikes PutItem",
        ),
        (
            pair().action("GetItem"),
            "\"transactionInProgress\" never strikes GetItem",
        ),
    ] {
        let why = faults().try_inject(fault).unwrap_err();
        assert!(
            why.starts_with("a fault that cannot strike: ") && why.contains(expected),
            "{why}"
        );
    }
    for fault in [
        new(),
        pair().action("ConditionCheckItem").table("AccountsTable"),
        Fault::new(FaultKind::MessageRejected).action("SendEmail"),
    ] {
        assert_eq!(faults().try_inject(fault), Ok(()));
    }
}

#[test]
#[should_panic(expected = "there is no table Acounts")]
fn a_test_that_injects_one_fails() {
    faults().inject(Fault::new(FaultKind::Throttle).table("Acounts"));
}

fn strike(faults: &Faults, action: &str, table: &str) -> Option<FaultKind> {
    let elements = [Element {
        action: action.into(),
        resource: table.into(),
    }];
    let target = Target {
        service: Service::Dynamodb,
        action,
        elements: &elements,
        demands: &[],
        function: Some("login"),
        request: Some("r"),
        is_told: false,
    };
    faults.strike(&target, |_| true).kind
}

/// A transaction on one item.
fn transact(faults: &Faults, request: &str, item: &str) -> Option<FaultKind> {
    let demands = [Demand {
        action: "dynamodb:PutItem".into(),
        resource: "table/Accounts".into(),
        context: [("dynamodb:LeadingKeys", vec![item.to_owned()])].into(),
    }];
    let target = Target {
        service: Service::Dynamodb,
        action: "TransactWriteItems",
        elements: &[],
        demands: &demands,
        function: Some("login"),
        request: Some(request),
        is_told: false,
    };
    faults.strike(&target, |_| true).kind
}

#[test]
fn a_fault_strikes_only_what_it_names_and_only_so_often() {
    let faults = faults();
    faults.inject(
        Fault::new(FaultKind::Throttle)
            .action("GetItem")
            .table("Accounts")
            .times(2),
    );
    assert_eq!(strike(&faults, "GetItem", "Members"), None);
    assert_eq!(strike(&faults, "PutItem", "Accounts"), None);
    assert_eq!(
        strike(&faults, "GetItem", "Accounts"),
        Some(FaultKind::Throttle)
    );
    assert_eq!(
        strike(&faults, "GetItem", "Accounts"),
        Some(FaultKind::Throttle)
    );
    assert_eq!(strike(&faults, "GetItem", "Accounts"), None);
    assert!(faults.list().is_empty());
}

#[test]
fn the_second_half_of_a_pair_strikes_the_repeat_of_the_same_call_only() {
    let faults = faults();
    let pair = Fault::new(FaultKind::LostReply).then(FaultKind::TransactionConflict(0));
    faults.inject(pair.times(1));
    let conflict = Some(FaultKind::TransactionConflict(0));
    assert_eq!(transact(&faults, "a", "x"), Some(FaultKind::LostReply));
    assert_eq!(transact(&faults, "b", "x"), None, "another request");
    assert_eq!(transact(&faults, "a", "y"), None, "another item");
    assert_eq!(strike(&faults, "GetItem", "Accounts"), None);
    assert_eq!(faults.list()[0].kind, FaultKind::TransactionConflict(0));
    assert_eq!(transact(&faults, "a", "x"), conflict);
    assert_eq!(transact(&faults, "a", "x"), None);
    assert!(faults.list().is_empty());
}

#[test]
fn each_call_that_a_pair_strikes_has_a_chain_of_its_own() {
    let faults = faults();
    let three = Fault::new(FaultKind::TransactionConflict(0))
        .then(FaultKind::LostReply)
        .then(FaultKind::TransactionInProgress);
    faults.inject(three.times(2));
    let strikes: Vec<_> = ["a", "b", "a", "b", "b", "a", "a"]
        .map(|request| transact(&faults, request, "x"))
        .into_iter()
        .collect();
    let [conflict, lost, waits] = [
        FaultKind::TransactionConflict(0),
        FaultKind::LostReply,
        FaultKind::TransactionInProgress,
    ]
    .map(Some);
    assert_eq!(
        strikes,
        [conflict, conflict, lost, lost, waits, waits, None]
    );
}

#[test]
fn a_fault_that_means_nothing_for_a_call_waits_for_one_that_it_strikes() {
    let faults = faults();
    faults.inject(Fault::new(FaultKind::Unprocessed).times(1));
    let target = Target {
        service: Service::Dynamodb,
        action: "GetItem",
        elements: &[],
        demands: &[],
        function: None,
        request: None,
        is_told: false,
    };
    assert_eq!(faults.strike(&target, |_| false), Struck::default());
    assert_eq!(faults.list().len(), 1);
}

#[test]
fn latency_goes_together_with_another_fault() {
    let faults = faults();
    faults.inject(Fault::new(FaultKind::Latency(Duration::from_millis(5))));
    faults.inject(Fault::new(FaultKind::LostReply).function("login"));
    let target = Target {
        service: Service::Ses,
        action: "SendEmail",
        elements: &[],
        demands: &[],
        function: Some("login"),
        request: None,
        is_told: false,
    };
    let struck = faults.strike(&target, |_| true);
    assert_eq!(
        struck,
        Struck {
            latency: Duration::from_millis(5),
            kind: Some(FaultKind::LostReply)
        }
    );
}

#[test]
fn faults_are_written_as_json() {
    let text = r#"{"service":"dynamodb","action":"GetItem","kind":{"latency":250},"times":1}"#;
    let fault: Fault = serde_json::from_str(text).unwrap();
    assert_eq!(fault.kind, FaultKind::Latency(Duration::from_millis(250)));
    assert_eq!(serde_json::to_string(&fault).unwrap(), text);
    let conflict: Fault = serde_json::from_str(r#"{"kind":{"transactionConflict":1}}"#).unwrap();
    assert_eq!(conflict.kind, FaultKind::TransactionConflict(1));
    let pair = r#"{"kind":"lostReply","then":["transactionInProgress",{"transactionConflict":0}]}"#;
    let fault: Fault = serde_json::from_str(pair).unwrap();
    assert_eq!(serde_json::to_string(&fault).unwrap(), pair);
    assert!(serde_json::from_str::<Fault>(r#"{"kind":"throttle","tabel":"x"}"#).is_err());
}
