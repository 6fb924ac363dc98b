require "json"

class Account
  attr_reader :owner, :balance

  def initialize(owner, balance = 0)
    @owner = owner
    @balance = balance
  end

  def deposit(amount)
    raise ArgumentError, "not positive" unless amount.positive?

    @balance += amount
  end
end

puts JSON.generate(owner: Account.new("Ann").owner)
