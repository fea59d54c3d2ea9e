using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Postfleet.Load;

/// <summary>
/// When each message of a run was sent, accepted and delivered, in <see cref="Stopwatch"/> ticks. A message's line in this book is written by the
/// one session that sends it, and by whatever connection of the sink brings it back.
/// </summary>
internal sealed class Ledger
{
    /// <summary>The line of the header that says which message it is: this, the run in 8 hexadecimal digits, a hyphen, the number in 10 digits.</summary>
    public static ReadOnlySpan<byte> Marker => "\r\nX-Load: "u8;

    /// <summary>Octets behind <see cref="Marker"/>.</summary>
    public const int MarkLength = RunLength + 1 + NumberLength;

    private const int RunLength = 8;
    private const int NumberLength = 10;

    private readonly uint _run;
    private readonly byte[] _runText;
    private readonly int _recipients;
    private readonly long[] _sent;
    private readonly long[] _accepted;
    private readonly long[] _arrived;
    private readonly int[] _copies;
    private int _accepts;
    private int _completed;
    private int _duplicates;
    private int _foreign;

    public Ledger(int messages, int recipients, uint run)
    {
        _run = run;
        _runText = Encoding.ASCII.GetBytes(run.ToString("x8", CultureInfo.InvariantCulture));
        _recipients = recipients;
        _sent = new long[messages];
        _accepted = new long[messages];
        _arrived = new long[messages];
        _copies = new int[messages];
    }

    public int Messages => _sent.Length;

    /// <summary>Messages that all their recipients have.</summary>
    public int Completed => Volatile.Read(ref _completed);

    /// <summary>Copies for recipients beyond those of the message.</summary>
    public int Duplicates => Volatile.Read(ref _duplicates);

    /// <summary>Messages that came to the sink and are not of this run.</summary>
    public int Foreign => Volatile.Read(ref _foreign);

    /// <summary>Ticks from the final dot's write to its 250, for each accepted message.</summary>
    public IEnumerable<long> Accepting =>
        from n in Enumerable.Range(0, Messages) where _accepted[n] != 0 select _accepted[n] - _sent[n];

    /// <summary>Ticks from the 250 to the sink, for each message that arrived. Negative where the sink had it before the source saw the 250.</summary>
    public IEnumerable<long> Delivering =>
        from n in Enumerable.Range(0, Messages) where _arrived[n] != 0 && _accepted[n] != 0 select _arrived[n] - _accepted[n];

    /// <summary>Messages that the server has taken.</summary>
    public int Accepted => Volatile.Read(ref _accepts);

    public long LastAccepted => _accepted.Max();

    public long LastArrived => _arrived.Max();

    /// <summary>Accepted messages that not all their recipients have.</summary>
    public int Missing => Enumerable.Range(0, Messages).Count(n => _accepted[n] != 0 && _copies[n] < _recipients);

    public void Send(int number) => _sent[number] = Stopwatch.GetTimestamp();

    public void Accept(int number)
    {
        _accepted[number] = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _accepts);
    }

    /// <summary>A transaction of the sink has ended. <paramref name="mark"/> is empty where the message had none.</summary>
    public void Arrive(ReadOnlySpan<byte> mark, int recipients)
    {
        if (Number(mark) is not { } number)
        {
            Interlocked.Increment(ref _foreign);
            return;
        }

        var copies = Interlocked.Add(ref _copies[number], recipients);
        if (copies > _recipients)
        {
            Interlocked.Add(ref _duplicates, Math.Min(recipients, copies - _recipients));
        }
        else if (copies == _recipients)
        {
            _arrived[number] = Stopwatch.GetTimestamp();
            Interlocked.Increment(ref _completed);
        }
    }

    /// <summary>Writes a message's mark of <see cref="MarkLength"/> octets.</summary>
    public void WriteMark(int number, Span<byte> mark)
    {
        _runText.CopyTo(mark);
        mark[RunLength] = (byte)'-';
        Utf8Formatter.TryFormat(number, mark[(RunLength + 1)..MarkLength], out _, new('D', NumberLength));
    }

    private int? Number(ReadOnlySpan<byte> mark) =>
        mark.Length == MarkLength
        && Utf8Parser.TryParse(mark[..RunLength], out uint run, out var used, 'x') && used == RunLength && run == _run
        && Utf8Parser.TryParse(mark[(RunLength + 1)..], out int number, out used) && used == NumberLength && number < Messages
            ? number
            : null;
}
