using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// The change of one attempt to other hosts of its site: which hosts were asked, and the time left for the others. Owned by a
/// <see cref="ConnectionLoop"/> while the attempt runs.
/// </summary>
internal sealed class OtherHosts : IDisposable
{
    private readonly DeliveryTarget _target;
    private readonly ConnectionServices _services;
    private readonly List<SiteAddress> _asked = new(HandOver.MaxSessions);
    private readonly CancellationTokenSource? _limit;
    private readonly CancellationTokenSource _stopped;

    /// <param name="target">The site.</param>
    /// <param name="services">The services of all connections.</param>
    /// <param name="limit">The time for all other hosts; null for no limit.</param>
    /// <param name="stopped">Cancelled when the destination's time is over.</param>
    public OtherHosts(DeliveryTarget target, ConnectionServices services, TimeSpan? limit, CancellationToken stopped)
    {
        (_target, _services) = (target, services);
        _limit = limit is { } time ? new CancellationTokenSource(time, services.Time) : null;
        _stopped = CancellationTokenSource.CreateLinkedTokenSource(stopped, _limit?.Token ?? CancellationToken.None);
    }

    /// <summary>Cancelled when the destination's time, or the time for other hosts, is over.</summary>
    public CancellationToken Stopped => _stopped.Token;

    /// <summary>
    /// Closes the connection and opens a connection to another host in its place. The connection is kept where the site has no other host.
    /// </summary>
    /// <param name="held">The connection.</param>
    /// <param name="job">The job.</param>
    /// <param name="recipients">How many recipients are to be offered to the other host, for the log.</param>
    /// <param name="demand">The policy that the other host must meet; null for none.</param>
    /// <returns>Whether another host is connected.</returns>
    public async ValueTask<bool> ChangeAsync(HeldConnection held, Job job, int recipients, PolicyDemand? demand)
    {
        if (held.Address is not { } address) return false;
        _asked.Add(address);
        var others = await _services.Connector.FindOthersAsync(_target, _asked, demand, Stopped);
        if (others.Count == 0) return false;
        var remote = held.Current.RemoteHost;
        await held.LeaveAsync();
        switch (await _services.Connector.ConnectAsync(_target, others, demand, Stopped))
        {
            case ConnectResult.Connected connected:
                held.Replace(connected);
                _services.Logger.Connected(held.Current.RemoteHost, held.Current.Tls);
                return true;
            case ConnectResult.Refused refused:
                _services.Logger.NoOtherHost(
                    job.Part.Message, job.Part.Queue, _target.Destination.Value, recipients, remote, refused.Reply.ToString());
                return false;
            default: throw new InvalidOperationException("unknown connect result");
        }
    }

    /// <summary>Ends the timer.</summary>
    public void Dispose()
    {
        _stopped.Dispose();
        _limit?.Dispose();
    }
}
