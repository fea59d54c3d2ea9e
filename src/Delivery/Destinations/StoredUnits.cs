using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// The units of the daily limit of one destination: a row of the limits of the cluster, of which the node takes blocks ahead. Called by the
/// destination's actor on its thread.
/// </summary>
/// <param name="budgets">The limits of the cluster.</param>
/// <param name="destination">The destination.</param>
/// <param name="limit">The limit, in a day.</param>
internal sealed class StoredUnits(IBudgets budgets, DestinationId destination, Rate limit) : IDailyUnits
{
    private readonly BudgetLimit _limit = new($"destination/{destination.Value}", BudgetKind.Daily, limit);

    /// <inheritdoc/>
    public BudgetAnswer? TryTake()
    {
        try
        {
            return budgets.TryTake(_limit, this);
        }
        catch (BudgetsUnavailableException)
        {
            // The storage is asked, and answers with the same failure.
            return null;
        }
    }

    /// <inheritdoc/>
    public void Return(BudgetSeries series, int count) => budgets.Return(new BudgetReturn(_limit, series, count));

    /// <summary>Asks the storage for a unit.</summary>
    /// <param name="ahead">How many units are needed soon.</param>
    /// <returns>The answer; null if the storage is away.</returns>
    public async Task<BudgetAnswer?> AskAsync(int ahead)
    {
        try
        {
            return await budgets.TakeAsync(_limit, this, ahead, CancellationToken.None);
        }
        catch (BudgetsUnavailableException)
        {
            return null;
        }
    }
}
