man_MANS = %D%/wxuser.conf.5 %D%/wxuser.fcgi.8 %D%/wxuserctl.8
%D%/wxuser.conf.5: $(srcdir)/%D%/keys.mdoc
%D%/wxuserctl.8: $(srcdir)/%D%/commands.mdoc
