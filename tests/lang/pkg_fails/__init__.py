print("pkg_fails runs")
