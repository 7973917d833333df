level = "sub"
