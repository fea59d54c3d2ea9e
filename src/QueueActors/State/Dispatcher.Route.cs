using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <content>The route of the queue, and its changes by operators.</content>
internal sealed partial class Dispatcher
{
    private DeliveryTarget? _route;
    private long _routeUntil;
    private RouteDoubt _doubt;
    // Whether the pause is that of an unknown route, and not of the destination.
    private bool _isRouteDeferred;

    public void SetRoute(RouteDecision decision, DateTimeOffset now)
    {
        _resolvingSince = 0;
        // The lookup began before an operator's order.
        if (_doubt.IsOpen) return;
        _noRoute = NoRouteAfter(decision, now);
        var isChecked = _doubt.Answer();
        if (isChecked) _returns.TakeBackExcept((decision as RouteDecision.Deliver)?.Target.Destination);
        switch (decision)
        {
            case RouteDecision.Deliver deliver:
                var isOther = _route is not null && Destination != deliver.Target.Destination;
                if (Destination != deliver.Target.Destination) _credit.Clear();
                _route = deliver.Target;
                _routeUntil = (now + deliver.ValidFor).UtcTicks;
                if (isOther || (isChecked && _isRouteDeferred)) LeaveSite(now);
                _isRouteDeferred = false;
                break;
            case RouteDecision.Defer defer:
                PauseSite(rules.RetryDelay(state.SiteFailures + 1), defer.Reply, now);
                _isRouteDeferred = true;
                break;
            case RouteDecision.Fail fail:
                while (_ready.TryDequeue(out var entry)) Fail(entry, fail.Reply, now);
                // A started attempt may have been made: only its destination knows the outcome, or returns the job.
                _jobs.Resend(now.UtcTicks, batch);
                break;
        }
    }

    /// <summary>A suspension of the queue, or a move of the queue to a route, may have begun, changed or ended.</summary>
    public void SuspensionChanged(DateTimeOffset now)
    {
        _doubt.Open();
        _routeUntil = 0;
        if (!IsPaused(now)) ResumeWaiting();
    }

    // The pause in the journal is that of another destination, or of a route that is known now.
    private void LeaveSite(DateTimeOffset now)
    {
        if (state.SiteUntil > now) batch.Emit(SiteDeferred.Ended(now));
        if (!IsPaused(now)) ResumeWaiting();
    }

    // Jobs at a destination and messages that wait for a site are waiting for the answer, too. A queue that is suspended wherever its mail
    // goes asks later.
    private bool MustAskForRoute(DateTimeOffset now) => _doubt.IsOpen && state.Entries.Count > 0 && !Pause.IsSuspended(null, now);
}
