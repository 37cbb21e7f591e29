// Package doctor finds out what is wrong with a node and says what to do about it.
//
// The contract:
//
//   - **Nothing is said to be right that was not tried.** What could not be tried is said to be not checked, with the reason.
//   - **A finding says what to do**, in words for whoever runs the machine.
//   - **Nothing is changed**: no store is opened, no folder is made. What is tried leaves nothing behind.
//   - **It sees what this machine sees.** A firewall between it and the others is not in the picture, and no line claims that it is.
package doctor
