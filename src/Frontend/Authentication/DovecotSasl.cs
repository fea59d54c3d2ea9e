using System.Globalization;
using System.Net;
using Postfleet.Authentication.Sasl;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// Passes dialogues on to Dovecot, which checks passwords against LDAP, SQL, PAM and what else it speaks. The rights of a user are those of
/// the user of the same name in the users of this cluster; a user who is not among them may send from the own name as an address. Each
/// dialogue has a connection of its own. Thread-safe.
/// </summary>
internal sealed class DovecotSasl : ISaslServer
{
    private const int MaxDialogues = 200;

    // A client that begins dialogues and does not answer holds each for minutes: those of a network leave most to the others.
    private const int MaxDialoguesOfNetwork = MaxDialogues / 4;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);

    private readonly string _socket;
    private readonly IUserDirectory _rights;
    private readonly GuessGuard _guard;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<string> _allowed;
    private volatile IReadOnlyList<string> _offered;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _dialoguesOf = [];
    private int _dialogues;
    private int _lastId;

    /// <param name="socket">The path of the socket <c>auth-client</c>.</param>
    /// <param name="allowed">The mechanisms that may be offered, the strongest first. Those that Dovecot does not know are left out as soon
    /// as its first answer has come.</param>
    /// <param name="rights">The rights of users.</param>
    /// <param name="guard">Slows down guessing.</param>
    /// <param name="time">The clock.</param>
    public DovecotSasl(string socket, IReadOnlyList<string> allowed, IUserDirectory rights, GuessGuard guard, TimeProvider time)
    {
        (_socket, _rights, _guard, _time) = (socket, rights, guard, time);
        _offered = _allowed = allowed;
        _ = rights.Version;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Mechanisms => _offered;

    /// <inheritdoc/>
    public ISaslDialogue? Begin(string mechanism, SaslClient client)
    {
        foreach (var name in _allowed)
            if (name.Equals(mechanism, StringComparison.OrdinalIgnoreCase)) return new Dialogue(this, name, client);
        return null;
    }

    /// <inheritdoc/>
    public bool IsCurrent(Login login) => login.IsCurrent(_rights, _time.GetUtcNow());

    /// <inheritdoc/>
    public async ValueTask<Login?> RenewAsync(Login login, CancellationToken cancellationToken)
    {
        var renewed = await LoginAsync(login.Name, login.Mechanism, cancellationToken);
        return renewed.IsPermitted(_time.GetUtcNow()) ? renewed : null;
    }

    private async ValueTask<Login> LoginAsync(string name, string mechanism, CancellationToken cancellationToken)
    {
        // Read first: a change during the lookup makes the login outdated.
        var version = _rights.Version;
        return new Login(await _rights.FindAsync(name, cancellationToken) ?? new MailUser(name), _rights, version, mechanism, "");
    }

    private static IPAddress NetworkOf(SaslClient client) => ClientKeys.Of(client.Address).Network ?? client.Address;

    private void Enter(SaslClient client)
    {
        lock (_lock)
        {
            var ofNetwork = _dialoguesOf.GetValueOrDefault(NetworkOf(client));
            if (ofNetwork >= MaxDialoguesOfNetwork || _dialogues >= MaxDialogues)
            {
                throw new UsersUnavailableException(
                    $"{_dialogues} clients are in dialogues with the authentication server, {ofNetwork} of them of this network");
            }

            _dialogues++;
            _dialoguesOf[NetworkOf(client)] = ofNetwork + 1;
        }
    }

    private void Leave(SaslClient client)
    {
        lock (_lock)
        {
            _dialogues--;
            if (--_dialoguesOf[NetworkOf(client)] == 0) _dialoguesOf.Remove(NetworkOf(client));
        }
    }

    private GuessName GuessNameOf(string user) => GuessName.Of(user, user.Length > 0, _rights.SaltKey.Span);

    // The reply to EHLO follows this list, so it changes only with the mechanisms.
    private void Learn(IReadOnlyList<string> known)
    {
        string[] offered = [.. _allowed.Where(known.Contains)];
        if (!offered.SequenceEqual(_offered)) _offered = offered;
    }

    private sealed class Dialogue(DovecotSasl server, string mechanism, SaslClient client) : ISaslDialogue
    {
        private readonly string _id = Interlocked.Increment(ref server._lastId).ToString(CultureInfo.InvariantCulture);
        private DovecotConnection? _connection;
        private TimeSpan _delay;
        private bool _isCounted;

        public string Mechanism => mechanism;

        public async ValueTask<SaslResult> NextAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
        {
            using var limit = new CancellationTokenSource(AnswerTimeout, server._time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                var encoded = response is { } octets ? Convert.ToBase64String(octets.Span) : null;
                if (_connection is null) await BeginAsync(encoded, either.Token);
                else await _connection.SendAsync(["CONT", _id, encoded ?? ""], either.Token);
                return await AnswerAsync(either.Token);
            }
            catch (UsersUnavailableException e)
            {
                return SaslResult.Unavailable(e.Message);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                return SaslResult.Unavailable($"no answer of the authentication server within {AnswerTimeout}");
            }
        }

        public async ValueTask PauseAsync(CancellationToken cancellationToken)
        {
            if (_delay > TimeSpan.Zero) await Task.Delay(_delay, server._time, cancellationToken);
        }

        public void Dispose()
        {
            _connection?.Dispose();
            if (!_isCounted) return;
            _isCounted = false;
            server.Leave(client);
        }

        private async ValueTask BeginAsync(string? initial, CancellationToken cancellationToken)
        {
            server.Enter(client);
            _isCounted = true;
            if (!server._guard.MayTry(default, client.Address))
                throw new UsersUnavailableException("too many failed attempts of the network wait for their replies");
            _connection = await DovecotConnection.OpenAsync(server._socket, cancellationToken);
            server.Learn(_connection.Mechanisms);
            List<string> fields = ["AUTH", _id, mechanism, "service=smtp", $"rip={client.Address}"];
            if (client.IsSecure) fields.Add("secured");
            // The last field.
            if (initial is not null) fields.Add($"resp={initial}");
            await _connection.SendAsync(fields, cancellationToken);
        }

        private async ValueTask<SaslResult> AnswerAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var fields = await _connection!.ReadAsync(cancellationToken);
                if (fields.Length < 2 || fields[1] != _id) continue;
                switch (fields[0])
                {
                    case "CONT":
                        return Challenge(fields.Length > 2 ? fields[2] : "");
                    case "OK":
                        return await SucceededAsync(fields, cancellationToken);
                    case "FAIL":
                        return Failed(fields);
                }
            }
        }

        private static SaslResult Challenge(string encoded)
        {
            var octets = new byte[encoded.Length];
            return Convert.TryFromBase64String(encoded, octets, out var length)
                ? new SaslResult(SaslResultKind.Challenge) { Challenge = octets.AsMemory(0, length) }
                : throw new UsersUnavailableException("a challenge of the authentication server is not in Base64");
        }

        private async ValueTask<SaslResult> SucceededAsync(string[] fields, CancellationToken cancellationToken)
        {
            var given = fields.FirstOrDefault(field => field.StartsWith("user=", StringComparison.Ordinal))?["user=".Length..];
            if (!UserName.TryNormalize(given, out var name))
                throw new UsersUnavailableException("the authentication server gives a name that no user can have");
            var login = await server.LoginAsync(name, mechanism, cancellationToken);
            if (!login.IsPermitted(server._time.GetUtcNow())) return Failure(name, "the user is disabled");
            server._guard.Succeeded(server.GuessNameOf(name), client.Address);
            return new SaslResult(SaslResultKind.Succeeded) { Login = login, KnownUser = name };
        }

        private SaslResult Failed(string[] fields) => fields.Any(field => field is "temp" or "code=temp_fail")
            ? throw new UsersUnavailableException("the authentication server has a temporary failure")
            : Failure("", "refused by the authentication server");

        private SaslResult Failure(string user, string reason)
        {
            (_delay, var isLast) = server._guard.Failed(server.GuessNameOf(user), client.Address);
            return SaslResult.Failed(SaslFailure.Credentials, isLast, user, reason);
        }
    }
}
