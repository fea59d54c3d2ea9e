namespace Postfleet.Frontend.Access;

/// <summary>What a DNS list has answered to a question.</summary>
internal enum DnsListAnswer
{
    /// <summary>The list does not have the name.</summary>
    Absent,

    /// <summary>The list has the name.</summary>
    Listed,

    /// <summary>No answer, or an error of the DNS.</summary>
    Failed,

    /// <summary>The node has not asked, or has not waited for the answer: no fault of the list.</summary>
    Unknown,

    /// <summary>An answer that no list gives (RFC 5782 section 2.3), or by which some say that they refuse to answer.</summary>
    Refused,
}

/// <summary>
/// Whether a DNS list can be believed. A list that fails many times in a row, refuses, or has a name that no list may have is switched off
/// for a time, and must pass the test of that name afterwards. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class DnsListHealth(TimeProvider time)
{
    /// <summary>After this many failures in a row a list is switched off.</summary>
    public const int MaxFailures = 10;

    /// <summary>For how long a list is switched off that fails.</summary>
    public static readonly TimeSpan FailurePause = TimeSpan.FromMinutes(1);

    /// <summary>For how long a list is switched off that refuses, or answers for everything.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    /// <summary>For how long a passed test counts.</summary>
    public static readonly TimeSpan TestLife = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _failures;
    private bool _isOff;
    private long _offSince;
    private TimeSpan _pause;
    private long? _testedAt;

    /// <summary>Whether the list is switched off.</summary>
    public bool IsOff
    {
        get
        {
            lock (_lock) return _isOff;
        }
    }

    /// <summary>Whether the list is switched off and may not be tested yet.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_lock) return IsInPause;
        }
    }

    /// <summary>Whether the list must pass the test before an answer counts.</summary>
    public bool NeedsTest
    {
        get
        {
            lock (_lock) return _isOff || _testedAt is not { } at || time.GetElapsedTime(at) >= TestLife;
        }
    }

    private bool IsInPause => _isOff && time.GetElapsedTime(_offSince) < _pause;

    /// <summary>Records an answer.</summary>
    /// <returns>Why the list is switched off from now on; null if it is not, or was before.</returns>
    public string? Answered(DnsListAnswer answer)
    {
        lock (_lock)
        {
            if (answer == DnsListAnswer.Unknown) return null;
            if (answer is DnsListAnswer.Absent or DnsListAnswer.Listed)
            {
                _failures = 0;
                return null;
            }

            // Late failures of questions from before lengthen no pause.
            if (answer == DnsListAnswer.Failed && IsInPause) return null;

            _failures++;
            if (answer == DnsListAnswer.Refused) return SwitchOff("it gives answers that no list gives, or refuses to answer", Pause);
            // After a pause, one failure is enough.
            return _failures < MaxFailures && !_isOff ? null : SwitchOff($"it has failed {_failures} times in a row", FailurePause);
        }
    }

    /// <summary>Records the result of the test.</summary>
    /// <param name="answer">The answer about the name that no list may have.</param>
    /// <param name="isBack">Whether the list was switched off and is used again.</param>
    /// <returns>Why the list is switched off from now on; null if it is not, or was before.</returns>
    public string? Tested(DnsListAnswer answer, out bool isBack)
    {
        lock (_lock)
        {
            isBack = false;
            if (answer == DnsListAnswer.Listed) return SwitchOff("it has a name that no list has, so it answers for everything", Pause);
            if (answer != DnsListAnswer.Absent) return Answered(answer);
            (isBack, _isOff, _failures, _testedAt) = (_isOff, false, 0, time.GetTimestamp());
            return null;
        }
    }

    // Null where the list was switched off before: the log has one line.
    private string? SwitchOff(string reason, TimeSpan pause)
    {
        var isNews = !_isOff;
        (_isOff, _offSince, _pause, _testedAt) = (true, time.GetTimestamp(), pause, null);
        return isNews ? reason : null;
    }
}
