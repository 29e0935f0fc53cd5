module payment

go 1.19
