/** A right one with every setting that has to do with time, to be spoilt line by line. */
export const SHOP = `program: shop
zone: Asia/Dhaka
wallets: [{ id: points, expiresAfterDays: 365 }, coins]
scores:
  - id: weight
    kind: decayed
    on: fee
    days: 90
    halfLifeDays: 30
    bands: [{ from: 50, name: heavy }, { from: 0, name: light }]
  - id: data-usage
    kind: monetary
    on: data_usage
    days: 30
    steps: [{ atLeast: 10, score: 1 }]
    bands: [{ from: 0, name: any }]
points:
  - id: later
    on: recharge
    when: scores.weight < 50.0
    amount: event.value
    wallet: points
    availableAfterDays: 7
    from: 2026-12-01T00:00
    until: 2027-01-01T00:00:00Z
  - id: history
    on: recharge
    amount: '1.0'
    wallet: coins
    counts: history
badges:
  - id: fees
    kind: sum
    on: fee
    levels: [0.5, 100]
    per: month
    only: positive
    follow: true
  - id: heavy
    kind: band
    score: weight
    band: heavy
missions:
  - id: weekly
    on: recharge
    objective: { count: events, target: 3 }
    window: week
    tellMissed: true
leaderboards:
  - { id: coins-day, wallet: coins, period: day }
`
