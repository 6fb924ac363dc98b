library(stats)

standardise <- function(x, na.rm = TRUE) {
  (x - mean(x, na.rm = na.rm)) / sd(x, na.rm = na.rm)
}

data <- data.frame(group = c("a", "b", "a"), value = c(1.5, NA, 3))
data$scaled <- standardise(data$value)
print(aggregate(scaled ~ group, data = data, FUN = mean))
