namespace Postfleet.Contracts.Budgets;

/// <summary>
/// The limits of strangers. They have bounds and batches of their own: strangers who make many counts take nothing from the limits of
/// users. Thread-safe.
/// </summary>
public interface IInboundBudgets : IBudgets;
