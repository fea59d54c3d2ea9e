using Postfleet.Core.Mail;

namespace Postfleet.Simulation.Tests.Shaping;

/// <summary>A site that takes a number of messages a second, which nobody is told, and defers the others.</summary>
/// <param name="perSecond">The number.</param>
internal sealed class ThrottlingSite(double perSecond)
{
    public static readonly SmtpReply Slower = new(451, new EnhancedStatus(4, 7, 0), "slower, please");

    // Mail of this time may come at once.
    private const int Seconds = 3;

    private double _tokens;
    private DateTimeOffset _asOf = Machinery.Scheduler.Epoch;

    public double PerSecond => perSecond;

    public long Taken { get; private set; }

    public long Refused { get; private set; }

    /// <summary>Whether a message is taken.</summary>
    public bool Take(DateTimeOffset now)
    {
        _tokens = Math.Min(Seconds * perSecond, _tokens + (now - _asOf).TotalSeconds * perSecond);
        _asOf = now;
        if (_tokens < 1)
        {
            Refused++;
            return false;
        }

        _tokens--;
        Taken++;
        return true;
    }
}
