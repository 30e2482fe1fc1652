//! One header of a record, without a look at the others.
//!
//! The safe way of the client library panics at a header whose name is not UTF-8, and a producer can
//! write one. This is the only unsafe code.
#![expect(
    unsafe_code,
    reason = "the library's safe header iterator panics on bytes that anyone can send"
)]

use std::ffi::{CStr, c_void};
use std::ptr;

use rdkafka::bindings::{rd_kafka_header_get_last, rd_kafka_message_headers};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::BorrowedMessage;

/// The header's text; of several with that name the last, as with Java's `lastHeader`.
pub(super) fn text<'a>(message: &'a BorrowedMessage<'_>, name: &CStr) -> Option<&'a str> {
    let mut headers = ptr::null_mut();
    // SAFETY: the message is alive, and the headers belong to it: they live as long.
    let found = unsafe { rd_kafka_message_headers(message.ptr(), &raw mut headers) };
    if RDKafkaErrorCode::from(found) != RDKafkaErrorCode::NoError {
        return None;
    }
    let mut value: *const c_void = ptr::null();
    let mut length = 0;
    // SAFETY: the headers were just handed out; the name ends with a NUL.
    let found = unsafe {
        rd_kafka_header_get_last(headers, name.as_ptr(), &raw mut value, &raw mut length)
    };
    if RDKafkaErrorCode::from(found) != RDKafkaErrorCode::NoError || value.is_null() {
        return None;
    }
    // SAFETY: the library says that `length` bytes lie there; they live as long as the message.
    let bytes = unsafe { std::slice::from_raw_parts(value.cast::<u8>(), length) };
    std::str::from_utf8(bytes).ok()
}
