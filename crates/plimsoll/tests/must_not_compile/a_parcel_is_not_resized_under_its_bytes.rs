use plimsoll::Store;

fn main() {
    let mut parcel = Store::try_resizable(8, 16).unwrap().into_parcel().unwrap();
    let bytes = &parcel[..];
    let _ = parcel.resize(2);
    assert_eq!(bytes.len(), 8);
}
