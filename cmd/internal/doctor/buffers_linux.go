package doctor

// bookkeeping: Linux says twice what it grants, for what it writes down beside the data (socket(7), SO_RCVBUF).
const bookkeeping = 2
