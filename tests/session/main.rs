//! The session under a test clock, one file per rule: joined with the simulated broker, or facing
//! a server whose every byte the test writes.

mod support;

mod acknowledgements;
mod authentication;
mod conformance;
mod connect;
mod expiry;
mod faults;
mod keep_alive;
mod limits;
mod malformed;
mod order;
mod qos1;
mod qos2;
mod random_losses;
mod receive_maximum;
mod session_present;
mod subscriptions;
mod topic_alias;
mod will;
