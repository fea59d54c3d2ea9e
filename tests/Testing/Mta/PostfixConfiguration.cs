namespace Postfleet.Testing;

/// <summary>Writes the files of a <see cref="Postfix"/>.</summary>
internal static class PostfixConfiguration
{
    /// <summary>main.cf. The debug peer list makes Postfix log each command.</summary>
    public static string Main(Postfix server, PeerPlan plan, string root, string daemons)
    {
        var (certificate, key) = plan.Authority.Issue(server.Host);
        return $$"""
            compatibility_level = 3.6
            queue_directory = {{root}}/queue
            data_directory = {{root}}/data
            daemon_directory = {{daemons}}
            mail_owner = postfix
            setgid_group = postdrop
            maillog_file = {{root}}/log/mail.log
            maillog_file_prefixes = {{root}}/log
            debug_peer_list = 127.0.0.1
            debug_peer_level = 1

            myhostname = {{server.Host}}
            mydestination =
            local_recipient_maps =
            alias_maps =
            alias_database =
            mynetworks = 127.0.0.0/8
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            smtp_host_lookup = native
            smtpd_peername_lookup = no
            local_header_rewrite_clients =
            smtputf8_enable = yes
            message_size_limit = {{PeerPlan.MaxSize}}
            mailbox_size_limit = 0
            smtpd_error_sleep_time = 0
            minimal_backoff_time = 1s
            queue_run_delay = 1s

            # The mailboxes: all in one folder.
            virtual_mailbox_domains = regexp:{ { /(^|\.)postfix\.test$$/ yes } }
            virtual_mailbox_base = {{root}}/mail
            virtual_mailbox_maps = static:box/
            virtual_uid_maps = static:65534
            virtual_gid_maps = static:65534
            virtual_minimum_uid = 1000

            # Who is refused, and who is put off.
            smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
            smtpd_recipient_restrictions =
                check_recipient_access hash:{{root}}/conf/later
                check_recipient_access regexp:{ { /^no[^@]*@/ 550 5.1.1 nobody here } { /^later[^@]*@/ 450 4.7.1 come back later } }

            smtpd_tls_security_level = may
            smtpd_tls_chain_files = {{key}} {{certificate}}
            smtpd_tls_loglevel = 1
            smtpd_tls_received_header = yes

            smtpd_sasl_type = dovecot
            smtpd_sasl_path = {{plan.AuthenticationSocket}}
            smtpd_sasl_security_options = noanonymous
            smtpd_tls_auth_only = yes

            # Mail that goes on.
            transport_maps = regexp:{
                { /@source\.test$$/ plain:[127.0.0.1]:{{plan.Reports}} }
                { /@submitted\.sink\.test$$/ submit:[127.0.0.1]:{{plan.Submission.StartTls}} }
                { /@smtps\.submitted\.sink\.test$$/ submits:[127.0.0.1]:{{plan.Submission.ImplicitTls}} } }
            default_transport = secure:[127.0.0.1]:{{plan.Relay}}
            smtp_tls_loglevel = 1
            smtp_tls_CAfile = {{plan.Authority.CertificateFile}}
            smtp_sasl_password_maps = texthash:{{root}}/conf/sasl
            smtp_sasl_security_options = noanonymous

            """;
    }

    /// <summary>The table of passwords with which it submits mail.</summary>
    public static string Passwords(PeerPlan plan) => string.Concat(
        ((int[])[plan.Submission.StartTls, plan.Submission.ImplicitTls]).Select(
            port => $"[127.0.0.1]:{port} {plan.Submitter.Name}:{plan.Submitter.Password}\n"));

    /// <summary>master.cf.</summary>
    public static string Master(Postfix server) => $$"""
        {{server.EndPoint.Address}}:{{PeerPlan.Port}}       inet  n  -  n  -  -  smtpd
        {{server.EndPoint.Address}}:{{PeerPlan.MaskedPort}} inet  n  -  n  -  -  smtpd
          -o smtpd_discard_ehlo_keywords=8bitmime,smtputf8
        {{server.EndPoint.Address}}:{{PeerPlan.TlsPort}}    inet  n  -  n  -  -  smtpd
          -o smtpd_tls_wrappermode=yes
        {{server.EndPoint.Address}}:{{PeerPlan.OtherPort}}  inet  n  -  n  -  -  smtpd
          -o smtpd_tls_security_level=encrypt
          -o smtpd_sasl_auth_enable=yes
          -o smtpd_sasl_mechanism_filter=scram-sha-256
          -o smtpd_client_restrictions=permit_sasl_authenticated,reject
        {{server.EndPoint.Address}}:{{PeerPlan.PlainPort}}  inet  n  -  n  -  -  smtpd
          -o smtpd_tls_security_level=encrypt
          -o smtpd_sasl_auth_enable=yes
          -o smtpd_sasl_mechanism_filter=plain
          -o smtpd_client_restrictions=permit_sasl_authenticated,reject
        cleanup     unix       n  -  n  -      0  cleanup
        qmgr        unix       n  -  n  1      1  qmgr
        tlsmgr      unix       -  -  n  1000?  1  tlsmgr
        rewrite     unix       -  -  n  -      -  trivial-rewrite
        bounce      unix       -  -  n  -      0  bounce
        defer       unix       -  -  n  -      0  bounce
        trace       unix       -  -  n  -      0  bounce
        verify      unix       -  -  n  -      1  verify
        proxymap    unix       -  -  n  -      -  proxymap
        proxywrite  unix       -  -  n  -      1  proxymap
        virtual     unix       -  n  n  -      -  virtual
        secure      unix       -  -  n  -      -  smtp
          -o smtp_tls_security_level=secure
          -o smtp_tls_secure_cert_match=localhost
        submit      unix       -  -  n  -      -  smtp
          -o smtp_tls_security_level=secure
          -o smtp_tls_secure_cert_match=localhost
          -o smtp_sasl_auth_enable=yes
        submits     unix       -  -  n  -      -  smtp
          -o smtp_tls_security_level=secure
          -o smtp_tls_secure_cert_match=localhost
          -o smtp_tls_wrappermode=yes
          -o smtp_sasl_auth_enable=yes
        plain       unix       -  -  n  -      -  smtp
          -o smtp_tls_security_level=none
        smtp        unix       -  -  n  -      -  smtp
        relay       unix       -  -  n  -      -  smtp
        error       unix       -  -  n  -      -  error
        retry       unix       -  -  n  -      -  error
        anvil       unix       -  -  n  -      1  anvil
        scache      unix       -  -  n  -      1  scache
        postlog     unix-dgram n  -  n  -      1  postlogd

        """;
}
