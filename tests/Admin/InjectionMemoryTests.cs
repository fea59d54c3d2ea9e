using Microsoft.AspNetCore.Http;
using Postfleet.Admin.Http;
using Postfleet.Admin.Injection;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class InjectionMemoryTests
{
    // Half as much again as the message, and a mebibyte.
    private const long MaxBody = 1500 + (1 << 20);

    private readonly InjectionMemory _memory = new(AdminSystems.Settings() with { MaxMessageSize = new ByteSize(1000) });

    [Fact]
    public void Bodies_at_a_time_are_bounded_and_count_in_full_without_a_length()
    {
        var shares = Enumerable.Range(0, 63).Select(_ => _memory.Take(Request(null))).ToList();
        var refused = Request(MaxBody);
        Assert.Equal(ProblemKind.TooManyMessages, Assert.Throws<ProblemException>(() => _memory.Take(refused)).Kind);
        Assert.Equal("1", refused.Response.Headers.RetryAfter);
        _memory.Take(Request(1000)).Dispose();
        shares[0].Dispose();
        using var next = _memory.Take(Request(MaxBody));
    }

    [Fact]
    public void Body_beyond_the_limit_is_refused_before_it_is_read_and_takes_nothing()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal(ProblemKind.TooLarge, Assert.Throws<ProblemException>(() => _memory.Take(Request(MaxBody + 1))).Kind);
        using var share = _memory.Take(Request(MaxBody));
    }

    private static DefaultHttpContext Request(long? length)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentLength = length;
        return http;
    }
}
