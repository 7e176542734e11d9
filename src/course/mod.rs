//! What a course is for those who take it: the labs that there are here, and the folder in which a student works. It writes
//! what a student asks for and never over what is there; it trains nothing and never prints.

pub mod labs;
pub mod working_folder;
