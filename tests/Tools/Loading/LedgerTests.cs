using Postfleet.Tools.Loading;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

public sealed class LedgerTests
{
    private const uint Run = 0x0badcafe;

    private readonly Plan _plan = new()
    {
        Port = 1,
        Messages = 3,
        Recipients = 2,
        Octets = 1000,
    };

    private readonly Ledger _ledger;

    public LedgerTests() => _ledger = new(_plan, Run);

    [Fact]
    public void Message_at_all_its_recipients_is_complete()
    {
        for (var n = 0; n < 3; n++) Accept(n);
        Arrive(0, 0, 1);
        Arrive(1, 1);
        Arrive(2, 1, 0);
        Assert.Equal(2, _ledger.Completed);
        Arrive(1, 0);
        AssertCounts(completed: 3);
        Assert.Equal(3, _ledger.Delivering.Count());
        Assert.True(_ledger.LastArrived >= _ledger.LastAccepted);
    }

    [Fact]
    public void A_lost_message_is_missing()
    {
        Accept(0);
        Accept(1);
        Arrive(1, 0, 1);
        AssertCounts(completed: 1, missing: 1);
    }

    [Fact]
    public void A_lost_recipient_is_missing_even_where_another_has_it_twice()
    {
        Accept(0);
        Arrive(0, 0);
        Arrive(0, 0);
        AssertCounts(missing: 1, duplicates: 1);
    }

    [Fact]
    public void A_doubled_message_counts_for_each_recipient()
    {
        Accept(2);
        Arrive(2, 0, 1);
        Arrive(2, 0, 1);
        AssertCounts(completed: 1, duplicates: 2);
    }

    [Fact]
    public void Refused_recipients_are_not_missing()
    {
        _ledger.Send(0);
        AssertCounts();
        Assert.Empty(_ledger.Accepting);
    }

    [Fact]
    public void Less_content_than_was_sent_is_truncated_and_more_is_not()
    {
        Accept(0);
        Accept(1);
        _ledger.Arrive(Mark(0), [0, 1], _plan.Octets - 1);
        _ledger.Arrive(Mark(1), [0, 1], _plan.Octets + 200);
        AssertCounts(completed: 2, truncated: 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0badcafe-000000000")]
    [InlineData("0badcafe-0000000003")]
    [InlineData("0badcafe--000000001")]
    [InlineData("0badcafe+0000000001")]
    [InlineData("0badcaff-0000000001")]
    public void A_message_without_a_mark_of_this_run_is_foreign(string mark)
    {
        Accept(1);
        _ledger.Arrive(System.Text.Encoding.ASCII.GetBytes(mark), [0, 1], 1000);
        AssertCounts(missing: 1, foreign: 1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(64)]
    public void A_recipient_that_the_message_does_not_have_is_foreign(int recipient)
    {
        Accept(0);
        Arrive(0, 0, recipient);
        AssertCounts(missing: 1, foreign: 1);
    }

    [Fact]
    public void Recipients_beyond_one_word_are_told_apart()
    {
        var ledger = new Ledger(_plan with { Recipients = 130 }, Run);
        for (var n = 0; n < 2; n++)
        {
            ledger.Send(n);
            ledger.Accept(n);
            for (var recipient = 0; recipient < 129; recipient++) ledger.Arrive(Mark(n), [recipient], 1000);
        }

        Assert.Equal((0, 0, 2), (ledger.Completed, ledger.Duplicates, ledger.Missing));
        ledger.Arrive(Mark(1), [129], 1000);
        Assert.Equal((1, 0, 1), (ledger.Completed, ledger.Duplicates, ledger.Missing));
    }

    [Fact]
    public void Ledger_has_the_times_of_acceptance_and_arrival()
    {
        Accept(0);
        Accept(1);
        Arrive(1, 0, 1);
        Assert.Equal(2, _ledger.Accepting.Count());
        Assert.All(_ledger.Accepting, ticks => Assert.True(ticks >= 0));
        Assert.True(Assert.Single(_ledger.Delivering) >= 0);
    }

    private void Accept(int number)
    {
        _ledger.Send(number);
        _ledger.Accept(number);
    }

    private void Arrive(int number, params int[] recipients) => _ledger.Arrive(Mark(number), recipients, _plan.Octets);

    private byte[] Mark(int number)
    {
        var mark = new byte[Ledger.MarkLength];
        _ledger.WriteMark(number, mark);
        return mark;
    }

    private void AssertCounts(int completed = 0, int missing = 0, int duplicates = 0, int truncated = 0, int foreign = 0) => Assert.Equal(
        (completed, missing, duplicates, truncated, foreign),
        (_ledger.Completed, _ledger.Missing, _ledger.Duplicates, _ledger.Truncated, _ledger.Foreign));
}
