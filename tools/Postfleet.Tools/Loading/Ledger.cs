using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Postfleet.Tools.Loading;

/// <summary>
/// Records when each message of a run was sent, accepted and delivered, in <see cref="Stopwatch"/> ticks, and for which recipients it
/// arrived. The sending session and the sink's connections write a message's entry concurrently.
/// </summary>
internal sealed class Ledger
{
    /// <summary>
    /// The beginning of the header field with a message's mark: followed by the run in 8 hexadecimal digits, a hyphen and the number in
    /// 10 digits.
    /// </summary>
    public static ReadOnlySpan<byte> Marker => "\r\nX-Load: "u8;

    /// <summary>Octets after <see cref="Marker"/>.</summary>
    public const int MarkLength = RunLength + 1 + NumberLength;

    private const int RunLength = 8;
    private const int NumberLength = 10;

    private readonly Plan _plan;
    private readonly uint _run;
    private readonly byte[] _runText;
    private readonly long[] _sent;
    private readonly long[] _accepted;
    private readonly long[] _arrived;
    private readonly int[] _copies;
    // A bit for each recipient, a number of words for each message.
    private readonly ulong[] _recipients;
    private readonly int _words;
    private int _accepts;
    private int _completed;
    private int _duplicates;
    private int _truncated;
    private int _foreign;

    /// <param name="plan">The messages of the run.</param>
    /// <param name="run">The id of the run in all marks.</param>
    public Ledger(Plan plan, uint run)
    {
        _plan = plan;
        _run = run;
        _runText = Encoding.ASCII.GetBytes(run.ToString("x8", CultureInfo.InvariantCulture));
        _sent = new long[plan.Messages];
        _accepted = new long[plan.Messages];
        _arrived = new long[plan.Messages];
        _copies = new int[plan.Messages];
        _words = (plan.Recipients + 63) / 64;
        _recipients = new ulong[plan.Messages * _words];
    }

    /// <summary>Messages accepted by the server.</summary>
    public int Accepted => Volatile.Read(ref _accepts);

    /// <summary>Messages arrived for all their recipients.</summary>
    public int Completed => Volatile.Read(ref _completed);

    /// <summary>Copies after the first for a recipient.</summary>
    public int Duplicates => Volatile.Read(ref _duplicates);

    /// <summary>Transactions with less content than was sent.</summary>
    public int Truncated => Volatile.Read(ref _truncated);

    /// <summary>Transactions without a mark of this run, and copies for unknown recipients.</summary>
    public int Foreign => Volatile.Read(ref _foreign);

    /// <summary>Accepted messages still missing for a recipient.</summary>
    public int Missing => Enumerable.Range(0, _plan.Messages).Count(n => _accepted[n] != 0 && _copies[n] < _plan.Recipients);

    /// <summary>Ticks from the write of the final dot to the 250, for each accepted message.</summary>
    public IEnumerable<long> Accepting =>
        from n in Enumerable.Range(0, _plan.Messages) where _accepted[n] != 0 select _accepted[n] - _sent[n];

    /// <summary>
    /// Ticks from the 250 to the arrival, for each arrived message. Negative if the message arrived before the source read the
    /// 250.
    /// </summary>
    public IEnumerable<long> Delivering =>
        from n in Enumerable.Range(0, _plan.Messages) where _arrived[n] != 0 && _accepted[n] != 0 select _arrived[n] - _accepted[n];

    public long LastAccepted => _accepted.Max();

    public long LastArrived => _arrived.Max();

    public void Send(int number) => _sent[number] = Stopwatch.GetTimestamp();

    public void Accept(int number)
    {
        _accepted[number] = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _accepts);
    }

    /// <summary>Records the end of a transaction of the sink.</summary>
    /// <param name="mark">The mark; empty for a message without a mark.</param>
    /// <param name="recipients">The recipients' numbers in the message; negative for a foreign address.</param>
    /// <param name="octets">The octets of the content on the wire: with stuffed dots, without the final dot.</param>
    public void Arrive(ReadOnlySpan<byte> mark, ReadOnlySpan<int> recipients, long octets)
    {
        if (Number(mark) is not { } number)
        {
            Interlocked.Increment(ref _foreign);
            return;
        }

        if (octets < _plan.Octets) Interlocked.Increment(ref _truncated);
        foreach (var recipient in recipients)
        {
            if ((uint)recipient >= (uint)_plan.Recipients) Interlocked.Increment(ref _foreign);
            else Deliver(number, recipient);
        }
    }

    /// <summary>Writes a message's mark of <see cref="MarkLength"/> octets.</summary>
    public void WriteMark(int number, Span<byte> mark)
    {
        _runText.CopyTo(mark);
        mark[RunLength] = (byte)'-';
        Utf8Formatter.TryFormat(number, mark[(RunLength + 1)..MarkLength], out _, new('D', NumberLength));
    }

    private void Deliver(int number, int recipient)
    {
        var bit = 1UL << (recipient & 63);
        if ((Interlocked.Or(ref _recipients[number * _words + recipient / 64], bit) & bit) != 0)
        {
            Interlocked.Increment(ref _duplicates);
        }
        else if (Interlocked.Increment(ref _copies[number]) == _plan.Recipients)
        {
            _arrived[number] = Stopwatch.GetTimestamp();
            Interlocked.Increment(ref _completed);
        }
    }

    private int? Number(ReadOnlySpan<byte> mark) =>
        mark.Length == MarkLength && mark[RunLength] == '-'
        && Utf8Parser.TryParse(mark[..RunLength], out uint run, out var used, 'x') && used == RunLength && run == _run
        && Utf8Parser.TryParse(mark[(RunLength + 1)..], out uint number, out used) && used == NumberLength && number < _plan.Messages
            ? (int)number
            : null;
}
